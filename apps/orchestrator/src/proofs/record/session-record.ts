import type { control } from '@chroom/protocol';
import { type EpochClock, epochAt } from '@chroom/protocol/proofs';
import type { DeclaredTrack } from '../../rooms/room-events.js';
import {
  type ByteCounters,
  between,
  countersIn,
  countersOf,
  hasMore,
  isBack,
  noBytes,
  type StoredCounters,
  storedCounters,
} from './byte-counters.js';
import { type EpochFigures, EpochSums, type StoredSums } from './epoch-sums.js';
import type { TrackDelta } from './quality-sums.js';

/**
 * Nodes report every 2 s while media flows. A connection lives on for seconds after its client is gone, so time is time of
 * media only when the next report shows some; reports of a busy node come later, and one may be missing.
 */
const evidenceMs = 5_000;
/** Tracks in both directions of one session. */
const streamsMax = 20_000;

/** As it is stored every 10 s, so that a killed orchestrator goes on where it was. */
export interface StoredRecord extends StoredSums {
  /** The epoch before, as long as a report may show more of it. */
  readonly closing?: StoredSums;
  readonly reported: StoredCounters;
  readonly reportedAtMs?: number;
  readonly accruedMs: number;
  readonly streams: readonly (readonly [string, number])[];
}

/**
 * This orchestrator's own record of one session: when media could flow and did, how much was declared at most, and what the
 * node reported, epoch by epoch. An epoch is closed by the first report after its end, whose bytes are shared by time, or
 * without one when it is overdue. Knows no clock and no database: `bringTo` comes before anything that happens.
 */
export class SessionRecord {
  private isConnected = false;
  private wasDeclared = false;
  /** Declared bits per second by direction and track. */
  private readonly streams = new Map<string, number>();
  private readonly declaredBps = { received: 0, sent: 0 };
  private current: EpochSums;
  private closing: EpochSums | undefined;
  private closed: EpochFigures[] = [];
  private reported: ByteCounters = noBytes;
  private reportedAtMs: number;
  /** When a report showed media last. */
  private mediaAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly clock: EpochClock,
    epoch: number,
    /** Up to here time is counted. */
    private accruedMs: number,
  ) {
    this.current = new EpochSums(clock, epoch, noBytes);
    this.reportedAtMs = accruedMs;
  }

  /** Not connected until that is seen again. */
  static restore(clock: EpochClock, stored: StoredRecord): SessionRecord {
    const record = new SessionRecord(clock, stored.epoch, stored.accruedMs);
    record.wasDeclared = true;
    record.current = EpochSums.restore(clock, stored);
    record.closing = stored.closing && EpochSums.restore(clock, stored.closing);
    record.reported = countersOf(stored.reported);
    record.reportedAtMs = stored.reportedAtMs ?? stored.accruedMs;
    for (const [key, bps] of stored.streams) {
      record.streams.set(key, bps);
      record.declaredBps[key.startsWith('received ') ? 'received' : 'sent'] += bps;
    }
    return record;
  }

  store(): StoredRecord {
    return {
      ...this.current.store(),
      closing: this.closing?.store(),
      reported: storedCounters(this.reported),
      reportedAtMs: this.reportedAtMs,
      accruedMs: this.accruedMs,
      streams: [...this.streams],
    };
  }

  get epoch(): number {
    return this.current.epoch;
  }

  /** The epoch before is not closed yet. */
  get isClosing(): boolean {
    return this.closing !== undefined;
  }

  /** Tracks that come from the session. */
  get sentTracks(): string[] {
    return [...this.streams.keys()].filter((key) => key.startsWith('sent ')).map((key) => key.slice('sent '.length));
  }

  get declaredTotalBps(): number {
    return this.declaredBps.received + this.declaredBps.sent;
  }

  /** Nothing was ever declared or reported: there is nothing to pay for, or to refuse. */
  get isBlank(): boolean {
    return !this.wasDeclared && this.reportedBytes === 0n;
  }

  get reportedBytes(): bigint {
    return this.reported.rxBytes + this.reported.txBytes;
  }

  /** The time up to now counts with what was declared in it. */
  bringTo(nowMs: number): void {
    if (nowMs >= this.current.endMs) this.turn(epochAt(this.clock, nowMs / 1000));
    this.accrue(nowMs);
    if (nowMs - this.mediaAtMs > evidenceMs) this.closeUnseen();
  }

  connection(isConnected: boolean, atMs: number): void {
    this.accrue(atMs);
    this.isConnected = isConnected;
  }

  declare({ direction, track, bps }: Pick<DeclaredTrack, 'direction' | 'track' | 'bps'>): void {
    const key = `${direction} ${track}`;
    const before = this.streams.get(key) ?? 0;
    if (before === 0 && bps > 0 && this.streams.size >= streamsMax) return;
    if (bps > 0) this.streams.set(key, bps);
    else this.streams.delete(key);
    this.declaredBps[direction] += bps - before;
    this.wasDeclared ||= bps > 0;
  }

  /**
   * The node's counters at `nowMs`.
   * @param untilMs nothing was carried later: the end of the session, where that was before
   * @returns false, and changes nothing, when they went back
   */
  report(
    statistics: control.SessionStatistics,
    deltas: readonly TrackDelta[],
    nowMs: number,
    untilMs = nowMs,
  ): boolean {
    const [before, after] = [this.reported, countersIn(statistics)];
    if (isBack(before, after)) return false;
    if (hasMore(before, after)) {
      this.close(before, after, untilMs, nowMs - evidenceMs);
      this.current.confirm(nowMs - evidenceMs);
      this.mediaAtMs = nowMs;
    }
    this.reported = after;
    this.reportedAtMs = nowMs;
    this.current.addQuality(statistics.rttUs, deltas);
    return true;
  }

  /**
   * The former run of this orchestrator knew the session up to `accruedMs`; by its last counters it is seen to have gone
   * on until `toMs`. What it carried meanwhile belongs to the epochs of that time.
   * @returns false, and changes nothing, when the counters went back
   */
  bridge(statistics: control.SessionStatistics, deltas: readonly TrackDelta[], toMs: number): boolean {
    const [before, after] = [this.reported, countersIn(statistics)];
    if (isBack(before, after)) return false;
    const isMedia = hasMore(before, after);
    const closeOne = () => {
      if (isMedia) this.close(before, after, toMs, Number.NEGATIVE_INFINITY);
      else this.closeUnseen();
    };
    this.isConnected = true;
    closeOne();
    while (this.current.endMs <= toMs) {
      this.turn(this.current.epoch + 1);
      closeOne();
    }
    this.accrue(toMs);
    if (isMedia) this.current.confirm(Number.NEGATIVE_INFINITY);
    this.report(statistics, deltas, toMs);
    this.isConnected = false;
    return true;
  }

  /** What is of the epoch so far; nothing is certain of it while the one before is not closed. */
  figures(): EpochFigures {
    return this.current.figures(this.reported, this.accruedMs);
  }

  /** No report comes any more for an epoch that is over. */
  closeUnseen(): void {
    this.closeWith(this.reported);
  }

  /** Epochs that were closed since the last call. */
  takeClosed(): readonly EpochFigures[] {
    const taken = this.closed;
    this.closed = [];
    return taken;
  }

  private accrue(toMs: number): void {
    if (toMs <= this.accruedMs) return;
    const canFlow = this.isConnected && this.declaredTotalBps > 0;
    if (canFlow) this.current.accrue(this.accruedMs, toMs, this.declaredBps);
    this.accruedMs = toMs;
  }

  private turn(next: number): void {
    this.accrue(this.current.endMs);
    this.closeUnseen();
    this.closing = this.current;
    this.current = new EpochSums(this.clock, next, this.reported);
    // Epochs in which nobody looked are nobody's.
    this.accruedMs = Math.max(this.accruedMs, this.current.startMs);
  }

  /** Media flowed from the last report until `untilMs`, also in the epoch that is to be closed. */
  private close(before: ByteCounters, after: ByteCounters, untilMs: number, sinceMs: number): void {
    if (!this.closing) return;
    this.closing.confirm(sinceMs);
    const share = (this.closing.endMs - this.reportedAtMs) / Math.max(1, untilMs - this.reportedAtMs);
    this.closeWith(between(before, after, share));
  }

  private closeWith(reportedAtEnd: ByteCounters): void {
    if (!this.closing) return;
    this.closed.push(this.closing.figures(reportedAtEnd, this.closing.endMs));
    this.closing = undefined;
    this.current.counted = reportedAtEnd;
  }
}
