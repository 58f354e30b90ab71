import { control } from '@chroom/protocol';
import {
  answeredExtensions,
  answerSetup,
  buildAnswer,
  type Description,
  parseDescription,
  type SectionUse,
} from '@chroom/signalling';
import { SessionDescription } from '@livekit/protocol';
import { announce, broadcastRoomSoon } from '../broadcast.js';
import { reportDynacast } from '../reporting/report-dynacast.js';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';
import { storeSessionState } from '../state/store-session-state.js';
import { reconcileAll } from '../subscribing/reconcile-subscriptions.js';
import { requireSections } from '../subscribing/require-sections.js';
import { settleReceiveSections } from '../subscribing/settle-receive-sections.js';
import {
  connectTransport,
  createTransport,
  isIceRestart,
  maxDataMessageBytes,
  restartIce,
} from './connect-transport.js';
import { settlePublications } from './settle-publications.js';

/** An offer with an opaque id is answered with the same id; ids need not grow. */
export interface ClientOffer {
  readonly id: number;
  readonly description: Description;
}

/** @throws ChroomError SDP_INVALID. */
export function readOffer(offer: SessionDescription): ClientOffer {
  return { id: offer.id, description: parseDescription(offer.sdp) };
}

/**
 * Negotiates the publisher connection (in single-PC mode the only one): transport, then what the client sends, then
 * what it receives, then the answer. Others hear of new tracks after the answer is out.
 */
export async function applyOffer(room: LiveRoom, participant: Participant, offer: ClientOffer): Promise<void> {
  const { description } = offer;
  await prepareTransport(room, participant, description);
  const uses = new Map<string, SectionUse>();
  const changes = await settlePublications(room, participant, description, uses);
  if (!participant.isDual) await settleReceiveSections(room, participant, description, uses);
  participant.publisher.remote = description;
  participant.send({ case: 'answer', value: writeAnswer(room, participant, offer, uses) });
  if (changes.published.length > 0 || changes.unpublished.length > 0) {
    await tellRoom(room, participant, changes);
  }
  if (!participant.isDual) requireSections(room, participant);
  storeSessionState(room, participant);
}

async function prepareTransport(room: LiveRoom, participant: Participant, offer: Description): Promise<void> {
  const side = participant.publisher;
  await createTransport(room, participant, side);
  if (isIceRestart(side, offer)) await restartIce(room, participant, side);
  const weAreClient = answerSetup(offer.setup) === 'active';
  await connectTransport(room, participant, side, {
    description: offer,
    extensions: answeredExtensions(offer),
    localDtlsRole: weAreClient ? control.DtlsRole.CLIENT : control.DtlsRole.SERVER,
    openDataChannels: false,
  });
}

function writeAnswer(
  room: LiveRoom,
  participant: Participant,
  offer: ClientOffer,
  uses: ReadonlyMap<string, SectionUse>,
): SessionDescription {
  const side = participant.publisher;
  side.sessionVersion += 1;
  const sdp = buildAnswer({
    offer: offer.description,
    transport: side.local!,
    sessionId: BigInt(Math.max(1, Math.trunc(participant.joinedAtMs))),
    sessionVersion: side.sessionVersion,
    uses,
    maxMessageBytes: maxDataMessageBytes,
  });
  const midToTrackId = participant.receiveSections.midToTrack();
  room.context.log.log(`${room.sid} ${participant.sid} answers offer ${offer.id}`);
  return new SessionDescription({ type: 'answer', sdp, id: offer.id, midToTrackId });
}

export interface PublicationChanges {
  readonly published: readonly PublishedTrack[];
  readonly unpublished: readonly PublishedTrack[];
}

async function tellRoom(room: LiveRoom, participant: Participant, changes: PublicationChanges): Promise<void> {
  const info = announce(room, participant);
  for (const track of changes.unpublished) {
    room.publishEvent('track_unpublished', { participant: info, track: track.info.clone() });
  }
  for (const track of changes.published) {
    room.publishEvent('track_published', { participant: info, track: track.info.clone() });
  }
  broadcastRoomSoon(room);
  await reconcileAll(room);
  // A track that nobody receives may be sent smaller after a while.
  for (const track of changes.published) reportDynacast(room, participant, track);
}
