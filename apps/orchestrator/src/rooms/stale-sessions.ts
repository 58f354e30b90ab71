import { fromRpcError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { MediaNodes } from '../nodes/media-nodes.port.js';
import type { RoomKey } from './live-rooms.port.js';
import type { LiveRoom } from './state/live-room.js';

/** Sessions that are remembered; the node ends what nobody claims after 60 s anyway. */
const maxRemembered = 20_000;

interface StaleSession {
  readonly room: string;
  /** Undefined: on the node of the room's new life, if it is anywhere. */
  readonly nodeId: bigint | undefined;
}

/**
 * Sessions of an earlier owner whose clients were told to join anew. Their media flows until then; once the client is
 * back in the room's new life, the old session is closed on its node, which may be another one than that of the new
 * life. The last counters of it are what the time without an owner is paid by.
 */
@Injectable()
export class StaleSessions {
  private readonly sessions = new Map<string, StaleSession>();

  constructor(private readonly nodes: MediaNodes) {}

  note(key: RoomKey, participantSid: string, nodeId: bigint | undefined): void {
    this.sessions.delete(participantSid);
    this.sessions.set(participantSid, { room: nameOf(key), nodeId });
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= maxRemembered) break;
      this.sessions.delete(oldest);
    }
  }

  /** Closes what nodes still hold of the room's former life. Nobody waits for it. */
  async sweep(room: LiveRoom): Promise<void> {
    const name = nameOf(room.key);
    const byNode = new Map<bigint, string[]>();
    for (const [sid, { room: owner, nodeId = room.allocation?.node.nodeId }] of this.sessions) {
      if (owner !== name || nodeId === undefined) continue;
      byNode.set(nodeId, [...(byNode.get(nodeId) ?? []), sid]);
      this.sessions.delete(sid);
    }
    await Promise.all([...byNode].map(([nodeId, stale]) => this.close(room, nodeId, stale)));
  }

  private async close(room: LiveRoom, nodeId: bigint, stale: readonly string[]): Promise<void> {
    const options = { timeoutMs: room.context.settings.nodeCallDeadlineMs };
    try {
      const { control } = await this.nodes.get(nodeId);
      const { sessions } = await control.listSessions({ room: '' }, options);
      const ours = sessions.filter(({ session }) => stale.includes(session) && !room.participants.has(session));
      for (const { room: oldRoom, session } of ours) {
        const fence = { room: oldRoom, token: room.claim.fencingToken };
        const { finalStatistics } = await control.closeSession({ fence, session }, options);
        if (finalStatistics) room.context.events.publishStatistics(session, finalStatistics);
      }
    } catch (error) {
      // They may be gone already, and the node ends them by itself.
      room.context.log.warn(
        `${room.sid} sweep stale sessions on node ${nodeId}: ${String(fromRpcError(error) ?? error)}`,
      );
    }
  }
}

function nameOf(key: RoomKey): string {
  return `${key.projectId}\n${key.roomName}`;
}
