import { fromRpcError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { MediaNodes } from '../nodes/media-nodes.port.js';
import { EarlierSessions, type FormerSession } from './earlier-sessions.port.js';
import type { RoomKey } from './live-rooms.port.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';

/** Sessions that are remembered; the node ends what nobody claims after 60 s anyway. */
const maxRemembered = 20_000;

interface StaleSession {
  readonly room: string;
  readonly nodeId: bigint;
  readonly identity: string;
  /** When its client joined anew, where that is known. */
  readonly succeededAtMs: number | undefined;
}

/**
 * Sessions of an earlier owner whose clients were told to join anew, or have joined anew by themselves. Media flows until
 * then; once the client is back in the room's new life, the old session is closed on its node, which may be another one
 * than that of the new life. The last counters of it are what the time without an owner is paid by, up to the moment at
 * which its successor joined.
 */
@Injectable()
export class StaleSessions {
  private readonly sessions = new Map<string, StaleSession>();
  private readonly former = new WeakMap<LiveRoom, Promise<Set<FormerSession> | undefined>>();

  constructor(
    private readonly nodes: MediaNodes,
    private readonly earlier: EarlierSessions,
  ) {}

  note(key: RoomKey, participantSid: string, nodeId: bigint, identity: string, succeededAtMs?: number): void {
    this.sessions.delete(participantSid);
    this.sessions.set(participantSid, { room: nameOf(key), nodeId, identity, succeededAtMs });
    for (const oldest of this.sessions.keys()) {
      if (this.sessions.size <= maxRemembered) break;
      this.sessions.delete(oldest);
    }
  }

  /** Closes what nodes still hold of the room's former life, now that `joined` is back. Nobody waits for it. */
  async sweep(room: LiveRoom, joined: Participant): Promise<void> {
    await this.noteFormer(room, joined);
    const name = nameOf(room.key);
    const byNode = new Map<bigint, Map<string, StaleSession>>();
    for (const [sid, session] of this.sessions) {
      if (session.room !== name) continue;
      byNode.set(session.nodeId, (byNode.get(session.nodeId) ?? new Map()).set(sid, session));
      this.sessions.delete(sid);
    }
    await Promise.all([...byNode].map(([nodeId, stale]) => this.close(room, nodeId, stale)));
  }

  /** Clients need not ask for their old session before they join anew: who they are says which one it was. */
  private async noteFormer(room: LiveRoom, { identity, joinedAtMs }: Participant): Promise<void> {
    const former = await this.formerOf(room);
    for (const session of former ?? []) {
      if (session.identity !== identity) continue;
      former?.delete(session);
      this.note(room.key, session.sid, session.nodeId, identity, joinedAtMs);
    }
  }

  /** Asked once for each life of a room. */
  private async formerOf(room: LiveRoom): Promise<Set<FormerSession> | undefined> {
    const asked =
      this.former.get(room) ??
      this.earlier.leftOpen(room.key, room.sid, maxRemembered).then((sessions) => sessions && new Set(sessions));
    this.former.set(room, asked);
    const found = await asked;
    if (!found) this.former.delete(room);
    return found;
  }

  private async close(room: LiveRoom, nodeId: bigint, stale: ReadonlyMap<string, StaleSession>): Promise<void> {
    const options = { timeoutMs: room.context.settings.nodeCallDeadlineMs };
    const { log } = room.context;
    try {
      const { control } = await this.nodes.get(nodeId);
      const { sessions } = await control.listSessions({ room: '' }, options);
      const ours = sessions.filter(({ session }) => stale.has(session) && !room.participants.has(session));
      for (const { room: oldRoom, session } of ours) {
        const fence = { room: oldRoom, token: room.claim.fencingToken };
        // One that is gone already says nothing about the others.
        const closed = await control.closeSession({ fence, session }, options).catch((error: unknown) => {
          log.warn(`${room.sid} close stale session ${session}: ${String(fromRpcError(error) ?? error)}`);
        });
        if (!closed?.finalStatistics) continue;
        const { identity = '', succeededAtMs } = stale.get(session) ?? {};
        // The record of sessions may not have said who was there before; who is there now bears a name too.
        const atMs = succeededAtMs ?? room.byIdentity(identity)?.joinedAtMs;
        if (atMs !== undefined) room.context.events.publishFact({ kind: 'succeeded', session, atMs });
        room.context.events.publishStatistics(session, closed.finalStatistics);
      }
    } catch (error) {
      // They may be gone already, and the node ends them by itself.
      log.warn(`${room.sid} sweep stale sessions on node ${nodeId}: ${String(fromRpcError(error) ?? error)}`);
    }
  }
}

function nameOf(key: RoomKey): string {
  return `${key.projectId}\n${key.roomName}`;
}
