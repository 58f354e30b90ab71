import { isDatabaseOutage } from '@chroom/database';
import type { control } from '@chroom/protocol';
import { DisconnectReason } from '@livekit/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { type RoomEvent, RoomEvents } from '../rooms/room-events.js';
import type { SessionRecord } from './session.entity.js';

type OpenSession = { -readonly [Field in keyof SessionRecord]: SessionRecord[Field] };

/** Receipts resume from what is stored when another orchestrator takes over, and lose no more than this. */
const kPersistEveryMs = 10_000;
/** The node's last counters may come this long after the end of the session. */
const kFinalCountersWaitMs = 15_000;
const kRowsPerStatement = 500;
const kChangesWaitMs = 200;
/** Sessions of an orchestrator that stopped writing: nobody has seen them. */
const kUnseenAfterSec = 60;
/** Ended sessions that wait for the database; the oldest are dropped beyond this. */
const kMostEnded = 50_000;

/** Keeps the record of sessions: who was where, when, and what the node carried for them. */
@Injectable()
export class SessionRecorder implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('SessionRecorder');
  private readonly open = new Map<string, OpenSession>();
  private readonly ended = new Map<string, OpenSession>();
  private persisting: Promise<void> = Promise.resolve();
  private endSubscriptions: (() => void)[] = [];
  private readonly changed = new Set<OpenSession>();
  private timer: NodeJS.Timeout | undefined;
  private changesTimer: NodeJS.Timeout | undefined;
  private degraded = false;

  constructor(
    private readonly events: RoomEvents,
    private readonly database: DataSource,
    private readonly clock: Clock,
  ) {}

  get openCount(): number {
    return this.open.size;
  }

  onModuleInit(): void {
    this.endSubscriptions = [
      this.events.subscribe((event) => this.take(event)),
      this.events.subscribeStatistics((sid, statistics) => this.count(sid, statistics)),
    ];
    this.timer = setInterval(() => void this.persist(), kPersistEveryMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    clearTimeout(this.changesTimer);
    for (const end of this.endSubscriptions) end();
    await this.persist();
  }

  /** Writes all that is known. Never throws; what could not be written is written next time. */
  persist(): Promise<void> {
    this.persisting = this.persisting.then(() => this.write()).catch((error: unknown) => this.noteFailure(error));
    return this.persisting;
  }

  /** Joins and leaves are written soon, many of them together. */
  private persistSoon(session: OpenSession): void {
    this.changed.add(session);
    this.changesTimer ??= setTimeout(() => {
      this.changesTimer = undefined;
      const rows = [...this.changed];
      this.changed.clear();
      this.persisting = this.persisting
        .then(() => this.upsertAll(rows))
        .catch((error: unknown) => this.noteFailure(error));
    }, kChangesWaitMs);
  }

  private take(event: RoomEvent): void {
    const { participant } = event;
    if (event.name === 'participant_joined' && participant !== undefined) {
      const session = this.begin(event, participant.sid, participant.identity);
      this.open.set(participant.sid, session);
      this.persistSoon(session);
    } else if (event.name === 'participant_left' && participant !== undefined) {
      this.end(participant.sid, event.atMs, DisconnectReason[participant.disconnectReason] ?? 'UNKNOWN_REASON');
    } else if (event.name === 'room_finished') {
      for (const session of this.open.values()) {
        if (session.roomSid === event.room.sid) this.end(session.sid, event.atMs, 'ROOM_CLOSED');
      }
    }
  }

  private begin(event: RoomEvent, sid: string, identity: string): OpenSession {
    const now = new Date(event.atMs);
    return {
      sid,
      projectId: event.projectId,
      roomSid: event.room.sid,
      roomName: event.room.name,
      identity,
      nodeId: event.nodeId,
      joinedAt: now,
      lastSeenAt: now,
      leftAt: null,
      endReason: null,
      rxBytes: 0n,
      txBytes: 0n,
      rxPackets: 0n,
      txPackets: 0n,
      activeSeconds: 0,
    };
  }

  private end(sid: string, atMs: number, reason: string): void {
    const session = this.open.get(sid);
    if (session === undefined) return;
    this.open.delete(sid);
    session.leftAt = new Date(atMs);
    session.lastSeenAt = session.leftAt;
    session.endReason = reason;
    this.ended.set(sid, session);
    this.persistSoon(session);
    const [oldest] = this.ended.keys();
    if (this.ended.size > kMostEnded && oldest !== undefined) this.ended.delete(oldest);
  }

  private count(sid: string, statistics: control.SessionStatistics): void {
    const session = this.open.get(sid) ?? this.ended.get(sid);
    if (session === undefined) return;
    session.rxBytes = statistics.rxBytes;
    session.txBytes = statistics.txBytes;
    session.rxPackets = statistics.rxPackets;
    session.txPackets = statistics.txPackets;
    session.activeSeconds = statistics.activeSeconds;
  }

  private async write(): Promise<void> {
    const now = this.clock.nowMs();
    for (const session of this.open.values()) session.lastSeenAt = new Date(now);
    await this.upsertAll([...this.open.values(), ...this.ended.values()]);
    for (const session of this.ended.values()) {
      if (now - (session.leftAt?.getTime() ?? 0) > kFinalCountersWaitMs) this.ended.delete(session.sid);
    }
    await this.database.query(kEndUnseen, [kUnseenAfterSec]);
    if (this.degraded) this.log.log('sessions are recorded again');
    this.degraded = false;
  }

  private async upsertAll(rows: readonly OpenSession[]): Promise<void> {
    for (let from = 0; from < rows.length; from += kRowsPerStatement) {
      await this.upsert(rows.slice(from, from + kRowsPerStatement));
    }
  }

  private async upsert(rows: readonly OpenSession[]): Promise<void> {
    const column = <Field extends keyof OpenSession>(field: Field) => rows.map((row) => row[field]);
    const numbers = (field: 'nodeId' | 'rxBytes' | 'txBytes' | 'rxPackets' | 'txPackets') =>
      rows.map((row) => row[field].toString());
    await this.database.query(kUpsert, [
      column('sid'),
      column('projectId'),
      column('roomSid'),
      column('roomName'),
      column('identity'),
      numbers('nodeId'),
      column('joinedAt'),
      column('lastSeenAt'),
      column('leftAt'),
      column('endReason'),
      numbers('rxBytes'),
      numbers('txBytes'),
      numbers('rxPackets'),
      numbers('txPackets'),
      column('activeSeconds'),
    ]);
  }

  private noteFailure(error: unknown): void {
    if (this.degraded) return;
    this.degraded = true;
    const message = isDatabaseOutage(error) ? 'database down: sessions wait in memory' : 'sessions not recorded';
    this.log.error({ message, reason: String(error) });
  }
}

const kUpsert = `
  INSERT INTO sessions (sid, project_id, room_sid, room_name, identity, node_id, joined_at, last_seen_at, left_at,
    end_reason, rx_bytes, tx_bytes, rx_packets, tx_packets, active_seconds)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::timestamptz[],
    $8::timestamptz[], $9::timestamptz[], $10::text[], $11::numeric[], $12::numeric[], $13::numeric[], $14::numeric[],
    $15::integer[])
  ON CONFLICT (sid) DO UPDATE SET last_seen_at = excluded.last_seen_at, left_at = excluded.left_at,
    end_reason = excluded.end_reason, rx_bytes = excluded.rx_bytes, tx_bytes = excluded.tx_bytes,
    rx_packets = excluded.rx_packets, tx_packets = excluded.tx_packets, active_seconds = excluded.active_seconds`;

const kEndUnseen = `
  UPDATE sessions SET left_at = last_seen_at, end_reason = 'ORCHESTRATOR_LOST'
  WHERE left_at IS NULL AND last_seen_at < now() - $1::int * interval '1 second'`;
