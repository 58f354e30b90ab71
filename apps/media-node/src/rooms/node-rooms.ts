import type { EngineLoad } from '@chroom/engine';
import type { Capacity, control } from '@chroom/protocol';
import { EventLog } from '../events/event-log.js';
import { WatcherBook } from '../events/watcher-book.js';
import { LeaseBook, type UnleasedUse } from '../leases/lease-book.js';
import { FenceBook } from './fence-book.js';
import { SessionBook } from './session-book.js';

export interface NodeClock {
  nowMs(): number;
  monotonicMs(): number;
}

export const systemNodeClock: NodeClock = { nowMs: () => Date.now(), monotonicMs: () => performance.now() };

/** What the node keeps about rooms beside the engine: owners, promises, sessions, events. Memory only; bounded. */
export class NodeRooms {
  readonly events: EventLog;
  readonly watchers = new WatcherBook();
  readonly leases: LeaseBook;
  readonly sessions: SessionBook;
  readonly fences: FenceBook;

  constructor(
    /** What may be leased now. */
    readonly capacity: () => Capacity,
    clock: NodeClock,
  ) {
    const monotonicMs = () => clock.monotonicMs();
    this.events = new EventLog(clock.nowMs());
    this.leases = new LeaseBook(capacity, monotonicMs);
    this.sessions = new SessionBook(monotonicMs, (room) => this.watchers.isWatching(this.fences.ownerOf(room)));
    this.fences = new FenceBook((room) => this.sessions.has(room) || this.leases.isLeased(room));
  }

  /** Takes in what the engine reports. */
  take(batch: readonly control.Event[]): void {
    for (const event of batch) {
      if (event.kind.case === 'sessionEnded') this.sessions.remove(event.room, event.session);
    }
    this.events.append(batch);
  }

  beginWatch(owner: bigint): void {
    this.watchers.begin(owner);
  }

  /** When that was the owner's last stream, its sessions have 60 s to be claimed. */
  endWatch(owner: bigint): void {
    if (!this.watchers.end(owner)) return;
    for (const room of this.roomsOf(owner)) this.sessions.abandon(room);
  }

  roomsOf(owner: bigint): readonly string[] {
    return this.sessions.roomNames().filter((room) => this.fences.ownerOf(room) === owner);
  }

  /** Media that is not covered by a live lease and needs capacity all the same. */
  unleasedUse(load: EngineLoad): UnleasedUse {
    const leased = this.leases.sum();
    const covered = this.leases.sessionsByRoom();
    const sessions = this.sessions
      .roomNames()
      .reduce((sum, room) => sum + Math.max(0, this.sessions.countOf(room) - (covered.get(room) ?? 0)), 0);
    return {
      egressBps: above(load.egressBps, leased.egressBps),
      packetsPerSecond: above(load.packetsPerSecond, leased.packetsPerSecond),
      sessions,
    };
  }
}

function above(used: bigint, promised: bigint): bigint {
  return used > promised ? used - promised : 0n;
}
