import { ChroomError } from '@chroom/protocol';
import { newParticipantSid } from '@chroom/signalling';
import { DisconnectReason, LeaveRequest_Action, ParticipantInfo_Kind } from '@livekit/protocol';
import { removeParticipant } from '../leaving/remove-participant.js';
import { callNode, fenceOf } from '../node-call.js';
import { addTrack } from '../publishing/add-track.js';
import { applyOffer } from '../publishing/apply-offer.js';
import { startQualityReports } from '../reporting/report-quality.js';
import type { SignalSink } from '../signal-sink.js';
import { kindOf, permissionOf } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import { Participant } from '../state/participant.js';
import { offerSubscriptions } from '../subscribing/offer-subscriptions.js';
import { reconcile } from '../subscribing/reconcile-subscriptions.js';
import type { Admission } from './admission.js';
import { joinResponse } from './join-response.js';
import { refreshToken } from './refresh-token.js';

/** A participant whose media does not connect within this time is removed. */
const activationMs = 60_000;

/**
 * Makes the session on the node and lets the participant in. When this resolves, `join` is in the sink; a failure
 * leaves nothing behind and is answered with an HTTP status.
 */
export async function admitParticipant(room: LiveRoom, admission: Admission, sink: SignalSink): Promise<Participant> {
  const { claims, join } = admission;
  const before = room.byIdentity(claims.identity);
  const limit = room.info.maxParticipants;
  if (limit > 0 && !before && room.participants.size >= limit) {
    throw new ChroomError('LIMIT_EXCEEDED', `The room is full: expected at most ${limit} participants.`);
  }
  const participant = new Participant(
    newParticipantSid(room.context.random),
    claims,
    permissionOf(claims),
    join,
    room.context.clock.nowMs(),
    sink,
  );
  applyOwnMetadata(participant);
  await createSession(room, participant);
  if (before) {
    await removeParticipant(room, before, {
      reason: DisconnectReason.DUPLICATE_IDENTITY,
      action: LeaveRequest_Action.DISCONNECT,
    });
  }
  room.participants.set(participant.sid, participant);
  room.publishAdmitted(participant.sid);
  room.emptyTimer?.();
  greet(room, participant);
  return participant;
}

/** What follows `join`: the token, bundled tracks and the first negotiation. Runs in the room's queue, after the upgrade. */
export async function welcomeParticipant(
  room: LiveRoom,
  participant: Participant,
  admission: Admission,
): Promise<void> {
  if (!room.participants.has(participant.sid)) return;
  await refreshToken(room, participant);
  for (const request of admission.join.addTracks) addTrack(room, participant, request);
  await reconcile(room, participant);
  if (admission.offer) await applyOffer(room, participant, admission.offer);
  if (participant.isDual && participant.permission.canSubscribe) await offerSubscriptions(room, participant);
}

function greet(room: LiveRoom, participant: Participant): void {
  participant.moveTo('joined');
  participant.send({ case: 'join', value: joinResponse(room, participant) });
  participant.setTimer(
    'activation',
    room.context.timers.after(activationMs, () =>
      room.soon('remove a participant without media', () =>
        removeParticipant(room, participant, {
          reason: DisconnectReason.CONNECTION_TIMEOUT,
          action: LeaveRequest_Action.DISCONNECT,
        }),
      ),
    ),
  );
  startQualityReports(room);
  room.context.log.log(`${room.sid} ${participant.sid} joined as ${JSON.stringify(participant.identity)}`);
}

async function createSession(room: LiveRoom, participant: Participant): Promise<void> {
  const { permission } = participant;
  const isAgent = kindOf(participant.claims) === ParticipantInfo_Kind.AGENT;
  await callNode(room, (node, options) =>
    node.createSession(
      {
        fence: fenceOf(room),
        session: participant.sid,
        identity: participant.identity,
        hidden: permission.hidden,
        canPublishData: permission.canPublishData,
        canSubscribe: permission.canSubscribe,
        canSendTranscription: isAgent,
        canImpersonate: isAgent,
      },
      options,
    ),
  );
}

/** Metadata in the join request replaces the token's, for those who may change their own. */
function applyOwnMetadata(participant: Participant): void {
  const { join, permission } = participant;
  if (!permission.canUpdateMetadata) return;
  if (join.metadata !== undefined) participant.metadata = join.metadata;
  if (join.attributes) participant.attributes = { ...participant.attributes, ...join.attributes };
}
