import { ChroomError } from '@chroom/protocol';
import { maxAttributesBytes } from '@chroom/signalling';
import type { ParticipantInfo, ParticipantPermission } from '@livekit/protocol';
import { DisconnectReason } from '@livekit/protocol';
import { announce, announceGone } from '../broadcast.js';
import { refreshToken } from '../joining/refresh-token.js';
import { callNode, fenceOf } from '../node-call.js';
import { mayPublish } from '../publishing/add-track.js';
import { forceUnpublish } from '../publishing/unpublish-track.js';
import { describeParticipant } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { reconcileAll } from '../subscribing/reconcile-subscriptions.js';

export const maxMetadataBytes = 512 * 1024;
const maxNameBytes = 512;

/** What may change about a participant; absent means unchanged. An attribute with an empty value is removed. */
export interface ParticipantChange {
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly permission?: ParticipantPermission;
}

/** @throws ChroomError PAYLOAD_TOO_LARGE for texts over their bound; nothing is changed then. */
export async function changeParticipant(
  room: LiveRoom,
  participant: Participant,
  change: ParticipantChange,
): Promise<ParticipantInfo> {
  const attributes = mergedAttributes(participant.attributes, change.attributes);
  refuseLarge(change, attributes);
  participant.name = change.name ?? participant.name;
  participant.metadata = change.metadata ?? participant.metadata;
  participant.attributes = attributes;
  if (change.permission && !change.permission.equals(participant.permission)) {
    await applyPermission(room, participant, change.permission);
  }
  announce(room, participant);
  await refreshToken(room, participant);
  return describeParticipant(participant);
}

async function applyPermission(
  room: LiveRoom,
  participant: Participant,
  permission: ParticipantPermission,
): Promise<void> {
  const wasVisible = participant.visible;
  participant.permission = permission.clone();
  await callNode(room, (node, options) =>
    node.updateSession(
      {
        fence: fenceOf(room),
        session: participant.sid,
        hidden: permission.hidden,
        canPublishData: permission.canPublishData,
        canSubscribe: permission.canSubscribe,
      },
      options,
    ),
  );
  for (const track of [...participant.tracks.values()]) {
    if (!mayPublish(permission, track.info.source)) await forceUnpublish(room, participant, track);
  }
  const stillAllowed = participant.awaited.filter(({ info }) => mayPublish(permission, info.source));
  participant.awaited.splice(0, participant.awaited.length, ...stillAllowed);
  if (wasVisible && !participant.visible) announceGone(room, participant, DisconnectReason.UNKNOWN_REASON);
  await reconcileAll(room);
}

function mergedAttributes(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const merged = { ...before, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}

function refuseLarge(change: ParticipantChange, attributes: Readonly<Record<string, string>>): void {
  const sizes = [
    { what: 'name', bytes: Buffer.byteLength(change.name ?? ''), bound: maxNameBytes },
    { what: 'metadata', bytes: Buffer.byteLength(change.metadata ?? ''), bound: maxMetadataBytes },
    { what: 'attributes', bytes: attributesBytes(attributes), bound: maxAttributesBytes },
  ];
  const large = sizes.find(({ bytes, bound }) => bytes > bound);
  if (!large) return;
  throw new ChroomError(
    'PAYLOAD_TOO_LARGE',
    `Expected ${large.what} of at most ${large.bound} bytes, got ${large.bytes}.`,
  );
}

export function attributesBytes(attributes: Readonly<Record<string, string>>): number {
  return Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
}
