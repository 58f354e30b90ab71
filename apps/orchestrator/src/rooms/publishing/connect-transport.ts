import { ChroomError, control } from '@chroom/protocol';
import type { Description, HeaderExtension, LocalTransport } from '@chroom/signalling';
import { callNode, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import type { TransportSide } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';

/** Largest message that the node takes on a data channel; clients clamp to it. */
export const maxDataMessageBytes = 64_000;

/** Makes the node's side of a peer connection, once. */
export async function createTransport(
  room: LiveRoom,
  participant: Participant,
  side: TransportSide,
): Promise<LocalTransport> {
  if (side.local) return side.local;
  const response = await callNode(room, (node, options) =>
    node.createTransport({ fence: fenceOf(room), session: participant.sid, role: side.role }, options),
  );
  if (!response.ice || !response.fingerprint) {
    throw new ChroomError('INTERNAL', 'Expected ICE parameters and a fingerprint from the media node, got none.');
  }
  side.local = { ice: response.ice, fingerprint: response.fingerprint, candidates: response.candidates };
  return side.local;
}

/** New local ICE credentials; DTLS, SRTP and SCTP go on. */
export async function restartIce(room: LiveRoom, participant: Participant, side: TransportSide): Promise<void> {
  const local = await createTransport(room, participant, side);
  const response = await callNode(room, (node, options) =>
    node.restartIce({ fence: fenceOf(room), session: participant.sid, role: side.role }, options),
  );
  if (!response.ice) throw new ChroomError('INTERNAL', 'Expected ICE parameters from the media node, got none.');
  side.local = { ...local, ice: response.ice };
}

export interface RemoteSide {
  readonly description: Description;
  readonly extensions: readonly HeaderExtension[];
  readonly localDtlsRole: control.DtlsRole;
  readonly openDataChannels: boolean;
}

/** Hands the client's side to the node when it differs from what the node has. */
export async function connectTransport(
  room: LiveRoom,
  participant: Participant,
  side: TransportSide,
  remote: RemoteSide,
): Promise<void> {
  const { description } = remote;
  const sctp = description.sections.find((section) => section.sctp && !section.rejected)?.sctp;
  const request = {
    remoteIce: description.ice,
    remoteFingerprints: [...description.fingerprints],
    localDtlsRole: remote.localDtlsRole,
    headerExtensions: remote.extensions.map(({ uri, id }) => ({ uri, id })),
    remoteSctpPort: sctp?.port ?? 0,
    remoteMaxMessageBytes: sctp?.maxMessageBytes ?? 0,
    openDataChannels: remote.openDataChannels,
  };
  const summary = JSON.stringify(request);
  if (summary === side.connectedWith) return;
  await callNode(room, (node, options) =>
    node.connectTransport({ fence: fenceOf(room), session: participant.sid, role: side.role, ...request }, options),
  );
  side.connectedWith = summary;
  side.remoteIce = description.ice;
}

export function isIceRestart(side: TransportSide, offer: Description): boolean {
  return side.remoteIce !== undefined && side.remoteIce.usernameFragment !== offer.ice.usernameFragment;
}
