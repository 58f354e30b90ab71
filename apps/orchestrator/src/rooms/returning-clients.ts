import { DisconnectReason, LeaveRequest_Action, ReconnectResponse } from '@livekit/protocol';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { type EarlierSession, EarlierSessions } from './earlier-sessions.port.js';
import { serverInfoOf } from './joining/server-info.js';
import { sendLeave, tellToLeave } from './leaving/send-leave.js';
import type { RoomKey } from './live-rooms.port.js';
import type { SignalSink } from './signal-sink.js';
import { StaleSessions } from './stale-sessions.js';
import type { LiveRoom } from './state/live-room.js';
import { type CancelTimer, Timers } from './timers.js';

/** Clients without signalling try again every 3.5 to 10.5 s; their media flows meanwhile. */
const longestWaitMs = 12_000;
/** livekit-client has resumed 2 s after the answer, on a busy machine later; before that it rejoins once it has. */
const settleMs = 3000;
/** A connection that is closed while the client still resumes sends it into its next, long pause. */
const closeAfterMs = 10_000;
/** In larger rooms nobody waits: so many joins at once would make the gap that waiting avoids. */
const mostRoommates = 50;
const mostGatherings = 20_000;
const joinAnew = { reason: DisconnectReason.STATE_MISMATCH, action: LeaveRequest_Action.RECONNECT };

interface Returned {
  readonly identity: string;
  readonly sink: SignalSink;
}

interface Gathering {
  readonly key: RoomKey;
  readonly nodeId: bigint;
  readonly expected: ReadonlySet<string>;
  /** By participant sid. */
  readonly returned: Map<string, Returned>;
  readonly deadlineMs: number;
  cancel: CancelTimer;
}

/**
 * Clients that come back to a room whose owner lost its memory must join anew, and who joins anew leaves the media that
 * the node still carries. So they are kept as they are until their room mates are back too, and then told together:
 * nobody watches a picture that ended long before its next one can begin.
 */
@Injectable()
export class ReturningClients {
  private readonly log = new Logger('Rooms');
  private readonly gatherings = new Map<string, Gathering>();

  constructor(
    private readonly earlier: EarlierSessions,
    private readonly stale: StaleSessions,
    private readonly clock: Clock,
    private readonly timers: Timers,
  ) {}

  /** @param room the room's new life; undefined when there is none yet */
  async take(
    key: RoomKey,
    client: { readonly identity: string; readonly participantSid: string },
    room: LiveRoom | undefined,
    sink: SignalSink,
  ): Promise<void> {
    const { identity, participantSid } = client;
    const session =
      participantSid === '' ? undefined : await this.earlier.find(key, identity, participantSid, mostRoommates + 1);
    const alone = !session || session.roommates.length < 2 || session.roommates.length > mostRoommates;
    if (alone || !room || (!this.gatherings.has(session.roomSid) && this.gatherings.size >= mostGatherings)) {
      if (session) this.stale.note(key, participantSid, session.nodeId, identity);
      sendLeave(sink, joinAnew);
      return;
    }
    sink.send({ case: 'reconnect', value: new ReconnectResponse({ iceServers: [], serverInfo: serverInfoOf(room) }) });
    this.gather(key, session, participantSid, { identity, sink });
  }

  private gather(
    key: RoomKey,
    { roomSid, nodeId, roommates }: EarlierSession,
    participantSid: string,
    client: Returned,
  ): void {
    const nowMs = this.clock.nowMs();
    const gathering = this.gatherings.get(roomSid) ?? {
      key,
      nodeId,
      expected: new Set(roommates),
      returned: new Map<string, Returned>(),
      deadlineMs: nowMs + longestWaitMs,
      cancel: () => {},
    };
    this.gatherings.set(roomSid, gathering);
    gathering.returned.get(participantSid)?.sink.close();
    gathering.returned.set(participantSid, client);
    gathering.cancel();
    const complete = [...gathering.expected].every((sid) => gathering.returned.has(sid));
    const leftMs = Math.max(0, gathering.deadlineMs - nowMs);
    gathering.cancel = this.timers.after(complete ? Math.min(settleMs, leftMs) : leftMs, () => this.release(roomSid));
  }

  private release(roomSid: string): void {
    const gathering = this.gatherings.get(roomSid);
    if (!gathering) return;
    this.gatherings.delete(roomSid);
    this.log.log(`${roomSid} ${gathering.returned.size} of ${gathering.expected.size} are back and join anew`);
    for (const [participantSid, { identity, sink }] of gathering.returned) {
      this.stale.note(gathering.key, participantSid, gathering.nodeId, identity);
      tellToLeave(sink, joinAnew);
      this.timers.after(closeAfterMs, () => sink.close());
    }
  }
}
