import { ChroomError, fromRpcError } from '@chroom/protocol';
import type { CallOptions } from '@connectrpc/connect';
import type { NodeControlClient } from '../nodes/media-nodes.port.js';
import type { LiveRoom } from './state/live-room.js';

/** The room and the right to act for it, as every mutating control call carries them. */
export function fenceOf(room: LiveRoom): { room: string; token: bigint } {
  return { room: room.sid, token: room.claim.fencingToken };
}

/**
 * One call to the room's media node, with a deadline.
 * @throws ChroomError NODE_UNAVAILABLE when it does not answer in time; else the node's own code.
 */
export async function callNode<T>(
  room: LiveRoom,
  call: (control: NodeControlClient, options: CallOptions) => Promise<T>,
): Promise<T> {
  const node = room.allocation?.node;
  if (!node) throw new ChroomError('NODE_UNAVAILABLE', 'The room has no media node at the moment; join again.');
  try {
    return await call(node.control, { timeoutMs: room.context.settings.nodeCallDeadlineMs });
  } catch (error) {
    const coded = fromRpcError(error);
    if (coded?.code === 'FENCE_STALE') room.onFenced(coded.message);
    throw coded ?? new ChroomError('NODE_UNAVAILABLE', 'The media node does not answer.', { cause: error });
  }
}

/** For calls whose failure changes nothing for the caller: the thing may be gone already. */
export async function callNodeLeniently(
  room: LiveRoom,
  what: string,
  call: (control: NodeControlClient, options: CallOptions) => Promise<unknown>,
): Promise<void> {
  try {
    await callNode(room, call);
  } catch (error) {
    room.context.log.warn(`${room.sid} ${what}: ${String(error)}`);
  }
}
