import { DisconnectReason } from '@livekit/protocol';
import { announceGone, broadcastRoomSoon } from '../broadcast.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import { reportDynacast } from '../reporting/report-dynacast.js';
import { describeParticipant } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { dropSubscriptionsTo } from '../subscribing/reconcile-subscriptions.js';
import { scheduleRoomEnd } from './end-room.js';
import { type LeaveNotice, sendLeave } from './send-leave.js';

/** Ends a participant's session everywhere. Without a notice the client already knows, or is gone. */
export async function removeParticipant(
  room: LiveRoom,
  participant: Participant,
  notice: LeaveNotice | DisconnectReason,
): Promise<void> {
  if (room.participants.get(participant.sid) !== participant) return;
  const reason = typeof notice === 'number' ? notice : notice.reason;
  if (typeof notice === 'number') participant.sink?.close();
  else sendLeave(participant.sink, notice);
  await forgetParticipant(room, participant, reason);
  await callNodeLeniently(room, `close session ${participant.sid}`, async (node, options) => {
    const { finalStatistics } = await node.closeSession({ fence: fenceOf(room), session: participant.sid }, options);
    if (finalStatistics) room.context.events.publishStatistics(participant.sid, finalStatistics);
  });
}

/** The orchestrator's part of a removal, for sessions that the node has ended itself. */
export async function forgetParticipant(
  room: LiveRoom,
  participant: Participant,
  reason: DisconnectReason,
): Promise<void> {
  const wasActive = participant.state === 'active';
  const wasVisible = participant.visible;
  const tracks = [...participant.tracks.values()];
  participant.clearAllTimers();
  participant.sink = undefined;
  participant.moveTo('disconnected');
  room.participants.delete(participant.sid);
  room.publishEnded(participant.sid);
  participant.tracks.clear();
  const info = wasVisible ? announceGone(room, participant, reason) : describeParticipant(participant, reason);
  if (wasVisible) room.departed.add(info, room.context.clock.nowMs());
  for (const track of tracks) {
    await dropSubscriptionsTo(room, track.sid);
    room.publishEvent('track_unpublished', { participant: info, track: track.info.clone() });
  }
  lowerWatched(room, participant);
  room.publishEvent(wasActive ? 'participant_left' : 'participant_connection_aborted', { participant: info });
  room.context.log.log(`${room.sid} ${participant.sid} left: ${DisconnectReason[reason]}`);
  if (wasVisible) broadcastRoomSoon(room);
  if (room.participants.size === 0) scheduleRoomEnd(room, room.info.departureTimeout);
}

/** What only this participant watched may now be sent smaller. */
function lowerWatched(room: LiveRoom, participant: Participant): void {
  for (const { trackSid } of participant.subscriptions.values()) {
    const publisher = room.publisherOf(trackSid);
    const track = publisher?.tracks.get(trackSid);
    if (publisher && track) reportDynacast(room, publisher, track);
  }
}
