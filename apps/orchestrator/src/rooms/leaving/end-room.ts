import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import { forgetParticipant } from './remove-participant.js';
import { type LeaveNotice, sendLeave } from './send-leave.js';

/** An empty room ends after a while; a join stops the clock. */
export function scheduleRoomEnd(room: LiveRoom, afterSec: number): void {
  room.emptyTimer?.();
  room.emptyTimer = room.context.timers.after(afterSec * 1000, () =>
    room.soon('end empty room', async () => {
      if (room.participants.size === 0) await endRoom(room, DisconnectReason.ROOM_CLOSED);
    }),
  );
}

/** Everybody leaves, the node forgets the room, its name is free. */
export async function endRoom(room: LiveRoom, reason: DisconnectReason): Promise<void> {
  if (!room.open) return;
  const notice = { reason, action: LeaveRequest_Action.DISCONNECT };
  await emptyRoom(room, notice);
  if (room.allocation) {
    await callNodeLeniently(room, 'close room', async (node, options) => {
      const { finalStatistics } = await node.closeRoom({ fence: fenceOf(room) }, options);
      for (const each of finalStatistics) room.context.events.publishStatistics(each.session, each);
    });
  }
  stop(room);
  room.publishEvent('room_finished');
  await room.context.registry.ended(room);
}

/**
 * The claim went to another orchestrator: nothing may be changed any more. Media goes on; clients are told to resume,
 * which brings them to the new owner.
 */
export function abandonRoom(room: LiveRoom, why: string): void {
  if (!room.open) return;
  room.context.log.warn(`${room.sid} abandoned: ${why}`);
  stop(room);
  for (const participant of room.participants.values()) {
    participant.clearAllTimers();
    room.publishEnded(participant.sid);
    sendLeave(participant.sink, { reason: DisconnectReason.MIGRATION, action: LeaveRequest_Action.RESUME });
  }
  room.participants.clear();
  room.context.registry.lost(room);
}

/** This process ends: sessions stay on the node for the next owner, connections close without a word. */
export function leaveRunning(room: LiveRoom): void {
  stop(room);
  for (const participant of room.participants.values()) {
    participant.clearAllTimers();
    participant.sink?.close();
  }
}

/** Sends everybody away without asking the node for anything. */
export async function emptyRoom(room: LiveRoom, notice: LeaveNotice): Promise<void> {
  for (const participant of [...room.participants.values()]) {
    sendLeave(participant.sink, notice);
    await forgetParticipant(room, participant, notice.reason);
  }
}

function stop(room: LiveRoom): void {
  room.open = false;
  room.unwatch();
  room.emptyTimer?.();
  room.qualityTimer?.();
  room.countsTimer?.();
}
