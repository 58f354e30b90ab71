import { Injectable } from '@nestjs/common';
import type { RoomKey } from './live-rooms.port.js';
import { callNodeLeniently } from './node-call.js';
import type { LiveRoom } from './state/live-room.js';

/** Sessions that are remembered; the node ends what nobody claims after 60 s anyway. */
const maxRemembered = 20_000;

/**
 * Sessions of an earlier owner whose clients were told to join anew. Their media flows until then; once the client is
 * back in the room's new life, the old session is closed on the node.
 */
@Injectable()
export class StaleSessions {
  private readonly roomOfSession = new Map<string, string>();

  note(key: RoomKey, participantSid: string): void {
    this.roomOfSession.delete(participantSid);
    this.roomOfSession.set(participantSid, nameOf(key));
    for (const oldest of this.roomOfSession.keys()) {
      if (this.roomOfSession.size <= maxRemembered) break;
      this.roomOfSession.delete(oldest);
    }
  }

  /** Closes what the room's node still holds of them. Nobody waits for it. */
  async sweep(room: LiveRoom): Promise<void> {
    const name = nameOf(room.key);
    const stale = [...this.roomOfSession].filter(([, owner]) => owner === name).map(([sid]) => sid);
    if (stale.length === 0) return;
    for (const sid of stale) this.roomOfSession.delete(sid);
    await callNodeLeniently(room, 'sweep stale sessions', async (node, options) => {
      const { sessions } = await node.listSessions({ room: '' }, options);
      const ours = sessions.filter(({ session }) => stale.includes(session) && !room.participants.has(session));
      for (const { room: oldRoom, session } of ours) {
        const fence = { room: oldRoom, token: room.claim.fencingToken };
        const { finalStatistics } = await node.closeSession({ fence, session }, options);
        if (finalStatistics) room.context.events.publishStatistics(session, finalStatistics);
      }
    });
  }
}

function nameOf(key: RoomKey): string {
  return `${key.projectId}\n${key.roomName}`;
}
