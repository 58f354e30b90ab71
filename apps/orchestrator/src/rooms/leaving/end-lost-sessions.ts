import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { forgetParticipant } from './remove-participant.js';
import { sendLeave } from './send-leave.js';

/** The node ended the session by itself: the client joins anew. */
export function sessionEnded(room: LiveRoom, participant: Participant): Promise<void> {
  sendLeave(participant.sink, { reason: DisconnectReason.STATE_MISMATCH, action: LeaveRequest_Action.RECONNECT });
  return forgetParticipant(room, participant, DisconnectReason.MEDIA_FAILURE);
}

/** A session this young may have been made after the node was asked what it has. */
const youngMs = 10_000;

/**
 * Events of the node were lost; among them may be the end of sessions. Whoever is not in the node's list any more is
 * gone, or would stay in the room for ever.
 * @param nowMs when the list arrived
 */
export async function endLostSessions(room: LiveRoom, alive: ReadonlySet<string>, nowMs: number): Promise<void> {
  for (const participant of [...room.participants.values()]) {
    if (alive.has(participant.sid) || nowMs - participant.joinedAtMs < youngMs) continue;
    await sessionEnded(room, participant);
  }
}
