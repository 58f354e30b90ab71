import {
  type AnnouncedMember,
  type Announcement,
  ChroomError,
  type Health,
  type Heartbeat,
  isHeartbeatAuthentic,
  type LivenessState,
  type LoadReport,
  type MemberId,
  type MemberKind,
  noLoad,
  type SignedAnnouncement,
} from '@chroom/protocol';
import { afterAnnouncement, afterHeartbeat, afterSilence } from '../liveness/liveness.js';
import { ChangeLog } from './change-log.js';
import { hasLoadMoved } from './load-change.js';
import type { RegistryClock } from './registry-clock.js';

/** Dead members are forgotten after this; their last sequence stays in the database. */
export const FORGET_AFTER_MS = 3_600_000;
/** A sweep that comes later than this says that we were asleep, not that everybody else was. */
export const LATE_SWEEP_MS = 1000;

export type ServedKind = Extract<MemberKind, 'node' | 'orchestrator'>;

export interface HeartbeatSession {
  readonly id: string;
  readonly secret: Uint8Array;
}

interface Entry {
  signed: SignedAnnouncement;
  state: LivenessState;
  health: Health;
  load: LoadReport;
  /** What watchers were last told. */
  shownLoad: LoadReport;
  lastSeenMs: number;
  heardAtMs: number;
  session: HeartbeatSession | undefined;
  counter: number;
}

/** Who is announced now, and how well they are. Memory of this process; the database only holds what must last. */
export class Roster {
  private readonly entries = new Map<MemberId, Entry>();
  private readonly bySession = new Map<string, MemberId>();
  private readonly logs: Readonly<Record<ServedKind, ChangeLog>> = {
    node: new ChangeLog(),
    orchestrator: new ChangeLog(),
  };
  private sweptAtMs: number;

  constructor(private readonly clock: RegistryClock) {
    this.sweptAtMs = clock.monotonicMs();
  }

  /** Takes in an announcement that is verified and newer than all before; ends the member's earlier session. */
  announce(signed: SignedAnnouncement, session: HeartbeatSession): void {
    const { id } = signed.announcement;
    const before = this.entries.get(id);
    if (before?.session) this.bySession.delete(before.session.id);
    this.bySession.set(session.id, id);
    this.put(id, {
      ...(before ?? { health: 'ok', load: noLoad, shownLoad: noLoad }),
      signed,
      session,
      state: afterAnnouncement(before?.state),
      lastSeenMs: this.clock.nowMs(),
      heardAtMs: this.clock.monotonicMs(),
      counter: 0,
    });
  }

  /** A member from before a restart: it has one full interval to show that it lives. */
  restore(signed: SignedAnnouncement, lastSeenMs: number): void {
    this.put(signed.announcement.id, {
      signed,
      session: undefined,
      state: 'suspect',
      health: 'ok',
      load: noLoad,
      shownLoad: noLoad,
      lastSeenMs,
      heardAtMs: this.clock.monotonicMs(),
      counter: 0,
    });
  }

  /** @throws ChroomError HEARTBEAT_REJECTED: no such session, a counter that is not higher, or a wrong MAC. */
  heartbeat(heartbeat: Heartbeat): LivenessState {
    const id = this.bySession.get(heartbeat.session);
    const entry = id === undefined ? undefined : this.entries.get(id);
    if (id === undefined || !entry?.session) throw rejected('the session is not known here');
    if (!isHeartbeatAuthentic(heartbeat, entry.session.secret)) throw rejected('the MAC is not of the session');
    if (heartbeat.counter <= entry.counter) {
      throw rejected(`the counter must be above ${entry.counter}, got ${heartbeat.counter}`);
    }
    const state = afterHeartbeat(entry.state, heartbeat.health);
    const { capacity } = entry.signed.announcement;
    const mustShow =
      state !== entry.state ||
      heartbeat.health !== entry.health ||
      hasLoadMoved(entry.shownLoad, heartbeat.load, capacity);
    Object.assign(entry, {
      state,
      health: heartbeat.health,
      load: heartbeat.load,
      counter: heartbeat.counter,
      lastSeenMs: this.clock.nowMs(),
      heardAtMs: this.clock.monotonicMs(),
    });
    if (mustShow) this.show(id, entry);
    return state;
  }

  /** Moves silent members on. Call every 250 ms. */
  sweep(): void {
    const nowMs = this.clock.monotonicMs();
    const late = nowMs - this.sweptAtMs > LATE_SWEEP_MS;
    this.sweptAtMs = nowMs;
    for (const [id, entry] of this.entries) {
      if (late) {
        // Heartbeats that came while we slept are still in the sockets.
        if (entry.state !== 'dead') entry.heardAtMs = nowMs;
        continue;
      }
      const silentMs = nowMs - entry.heardAtMs;
      const state = afterSilence(entry.state, silentMs);
      if (state === 'dead' && silentMs > FORGET_AFTER_MS) this.remove(id);
      else if (state !== entry.state) {
        entry.state = state;
        this.show(id, entry);
      }
    }
  }

  remove(id: MemberId): void {
    const entry = this.entries.get(id);
    if (!entry) return;
    if (entry.session) this.bySession.delete(entry.session.id);
    this.entries.delete(id);
    this.logs[kindOf(entry)].append(id);
  }

  list(kind: ServedKind): readonly AnnouncedMember[] {
    return [...this.entries.values()].filter((entry) => kindOf(entry) === kind).map(viewOf);
  }

  find(kind: ServedKind, id: MemberId): AnnouncedMember | undefined {
    const entry = this.entries.get(id);
    return entry && kindOf(entry) === kind ? viewOf(entry) : undefined;
  }

  get size(): number {
    return this.entries.size;
  }

  changes(kind: ServedKind): ChangeLog {
    return this.logs[kind];
  }

  private put(id: MemberId, entry: Entry): void {
    this.entries.set(id, entry);
    this.show(id, entry);
  }

  private show(id: MemberId, entry: Entry): void {
    entry.shownLoad = entry.load;
    this.logs[kindOf(entry)].append(id);
  }
}

function kindOf(entry: Entry): ServedKind {
  return entry.signed.announcement.kind === 'orchestrator' ? 'orchestrator' : 'node';
}

function viewOf(entry: Entry): AnnouncedMember {
  const announcement: Announcement = entry.signed.announcement;
  return {
    id: announcement.id,
    kind: announcement.kind,
    state: entry.state,
    controlUrl: announcement.controlUrl,
    tlsSpkiSha256: announcement.tlsSpkiSha256,
    region: announcement.region,
    capacity: announcement.capacity,
    load: entry.load,
    health: entry.health,
    endpoints: announcement.endpoints,
    version: announcement.softwareVersion,
    lastSeenMs: entry.lastSeenMs,
    signed: entry.signed,
  };
}

function rejected(why: string): ChroomError {
  return new ChroomError('HEARTBEAT_REJECTED', `The heartbeat is refused: ${why}. Announce again.`);
}
