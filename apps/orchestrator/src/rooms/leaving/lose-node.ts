import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import { emptyRoom } from './end-room.js';

/**
 * The node is gone: everybody joins anew, and the next join finds another node. The room itself (sid, metadata) stays.
 * @param releasePlacement gives the lease back.
 */
export async function loseNode(room: LiveRoom, reason: string, releasePlacement: () => Promise<void>): Promise<void> {
  if (!room.allocation) return;
  room.context.log.warn(`${room.sid} lost its media node: ${reason}`);
  room.unwatch();
  room.allocation = undefined;
  await emptyRoom(room, { reason: DisconnectReason.MIGRATION, action: LeaveRequest_Action.RECONNECT });
  await releasePlacement();
}
