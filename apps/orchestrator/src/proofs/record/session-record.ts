import type { control } from '@chroom/protocol';
import { type EpochClock, epochEndSec, epochStartSec } from '@chroom/protocol/proofs';
import { type ClassTwoRecord, type NodeReport } from '@chroom/receipts';
import type { DeclaredTrack } from '../../rooms/room-events.js';
import {
  addQuality,
  noQuality,
  publisherSideOf,
  type QualitySums,
  reportedQuality,
  type TrackDelta,
} from './quality-sums.js';

/** Bytes as the client sees them: rx came to it, tx came from it. Cumulative since its session began on the node. */
export interface ByteCounters {
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
}

/** Everything of one epoch that a receipt is made of. */
export interface EpochFigures {
  readonly epoch: number;
  readonly report: NodeReport;
  readonly record: ClassTwoRecord;
}

/** Changes between media and none, in one epoch; what a client toggles beyond this is not counted as presence. */
const presenceMax = 256;
/**
 * Nodes report every 2 s while media flows. A connection lives on for seconds after its client is gone, so time is time of
 * media only when the next report shows some; reports of a busy node come later.
 */
const evidenceMs = 4_000;
/** Tracks in both directions of one session. */
const streamsMax = 20_000;

/** As it is stored every 10 s, so that a killed orchestrator goes on where it was. */
export interface StoredRecord {
  readonly epoch: number;
  readonly counted: StoredCounters;
  readonly reported: StoredCounters;
  readonly declaredBits: { readonly received: number; readonly sent: number };
  readonly accruedMs: number;
  readonly presence: readonly (readonly [number, number])[];
  readonly waiting?: readonly (readonly [number, number])[];
  readonly streams: readonly (readonly [string, number])[];
  readonly quality: QualitySums;
}

interface StoredCounters {
  readonly rxBytes: string;
  readonly txBytes: string;
}

/**
 * This orchestrator's own record of one session in the running epoch: when media could flow and did, how much was
 * declared at most, and what the node reported. Knows no clock and no database. The epoch ends with the first report
 * after it, or with `closeEpoch`, which comes before anything else that happens after its end.
 */
export class SessionRecord {
  private isConnected = false;
  private wasDeclared = false;
  /** Declared bits per second by direction and track. */
  private readonly streams = new Map<string, number>();
  private readonly declaredBps = { received: 0, sent: 0 };
  private declaredBits = { received: 0, sent: 0 };
  private presence: [number, number][] = [];
  /** Times in which media could flow, until a report shows that it did. */
  private waiting: [number, number][] = [];
  private mediaAtMs = Number.NEGATIVE_INFINITY;
  private reportedAtMs: number;
  /** The node's counters when the epoch began: counted in earlier epochs, or before we knew of them. */
  private counted: ByteCounters = { rxBytes: 0n, txBytes: 0n };
  private reported: ByteCounters = { rxBytes: 0n, txBytes: 0n };
  private quality: QualitySums = noQuality;

  constructor(
    private readonly clock: EpochClock,
    private currentEpoch: number,
    /** Up to here time is counted. */
    private accruedMs: number,
  ) {
    this.reportedAtMs = accruedMs;
  }

  /** Not connected until that is seen again. */
  static restore(clock: EpochClock, stored: StoredRecord): SessionRecord {
    const record = new SessionRecord(clock, stored.epoch, stored.accruedMs);
    record.wasDeclared = true;
    record.counted = countersOf(stored.counted);
    record.reported = countersOf(stored.reported);
    record.declaredBits = { ...stored.declaredBits };
    record.presence = stored.presence.map(([from, to]) => [from, to]);
    record.waiting = (stored.waiting ?? []).map(([from, to]) => [from, to]);
    record.quality = stored.quality;
    for (const [key, bps] of stored.streams) {
      record.streams.set(key, bps);
      record.declaredBps[key.startsWith('received ') ? 'received' : 'sent'] += bps;
    }
    return record;
  }

  store(): StoredRecord {
    return {
      epoch: this.currentEpoch,
      counted: storedCounters(this.counted),
      reported: storedCounters(this.reported),
      declaredBits: this.declaredBits,
      accruedMs: this.accruedMs,
      presence: this.presence,
      waiting: this.waiting,
      streams: [...this.streams],
      quality: this.quality,
    };
  }

  get epoch(): number {
    return this.currentEpoch;
  }

  get epochEndMs(): number {
    return epochEndSec(this.clock, this.currentEpoch) * 1000;
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

  connection(isConnected: boolean, atMs: number): void {
    this.accrue(atMs);
    this.isConnected = isConnected;
  }

  declare({ direction, track, bps }: Pick<DeclaredTrack, 'direction' | 'track' | 'bps'>, atMs: number): void {
    this.accrue(atMs);
    const key = `${direction} ${track}`;
    const before = this.streams.get(key) ?? 0;
    if (before === 0 && bps > 0 && this.streams.size >= streamsMax) return;
    if (bps > 0) this.streams.set(key, bps);
    else this.streams.delete(key);
    this.declaredBps[direction] += bps - before;
    this.wasDeclared ||= bps > 0;
  }

  /**
   * The node's counters at `nowMs`. What they gained belongs to the epochs that they are of, by how long each of them was.
   * @returns the epochs that have ended; undefined, and nothing is changed, when the counters went back
   */
  report(
    statistics: control.SessionStatistics,
    deltas: readonly TrackDelta[],
    nowMs: number,
  ): EpochFigures[] | undefined {
    return this.take(statistics, deltas, nowMs, nowMs - evidenceMs);
  }

  /** Nodes report every 2 s while media flows, and this one did just now: its next report says until when. */
  isReportDue(nowMs: number): boolean {
    return nowMs - this.mediaAtMs <= evidenceMs;
  }

  /** The time since the last accrual counts with what was declared then, as time of media once a report shows some. */
  accrue(toMs: number): void {
    const durationMs = toMs - this.accruedMs;
    if (durationMs <= 0) return;
    if (this.isConnected && this.declaredTotalBps > 0) {
      this.declaredBits.received += (this.declaredBps.received * durationMs) / 1000;
      this.declaredBits.sent += (this.declaredBps.sent * durationMs) / 1000;
      extend(this.waiting, this.accruedMs, toMs);
    }
    this.accruedMs = toMs;
  }

  /**
   * The former run of this orchestrator knew the session up to `accruedMs`; by its last counters it is seen to have gone
   * on until `toMs`. @returns as `report`
   */
  bridge(
    statistics: control.SessionStatistics,
    deltas: readonly TrackDelta[],
    toMs: number,
  ): EpochFigures[] | undefined {
    this.isConnected = true;
    const closed = this.take(statistics, deltas, toMs, Number.NEGATIVE_INFINITY);
    this.isConnected = false;
    return closed;
  }

  figures(): EpochFigures {
    const { clock, currentEpoch: epoch, quality } = this;
    const [fromSec, toSec] = [epochStartSec(clock, epoch), this.accruedMs / 1000];
    const durationSec = Math.max(toSec - fromSec, 0.001);
    const stream = (direction: 'received' | 'sent') => {
      const bps = this.declaredBits[direction] / durationSec;
      return { direction, bps, fromSec, toSec: fromSec + durationSec };
    };
    return {
      epoch,
      report: {
        rxBytes: this.reported.rxBytes - this.counted.rxBytes,
        txBytes: this.reported.txBytes - this.counted.txBytes,
        ...reportedQuality(quality),
      },
      record: {
        presence: this.presence.map(([from, to]) => ({ fromSec: from / 1000, toSec: to / 1000 })),
        streams: [stream('received'), stream('sent')],
        publisherSide: publisherSideOf(quality),
      },
    };
  }

  /** Ends the epoch without the report that would show its last seconds: they count when that is still due. */
  closeEpoch(next: number, nowMs: number): EpochFigures {
    this.accrue(this.epochEndMs);
    if (this.isReportDue(nowMs)) this.confirm(Number.NEGATIVE_INFINITY);
    return this.begin(next);
  }

  private take(
    statistics: control.SessionStatistics,
    deltas: readonly TrackDelta[],
    nowMs: number,
    sinceMs: number,
  ): EpochFigures[] | undefined {
    const [fromMs, before, after] = [this.reportedAtMs, this.reported, countersIn(statistics)];
    if (isBack(before, after)) return undefined;
    const isMedia = hasMore(before, after);
    const closed: EpochFigures[] = [];
    while (this.epochEndMs <= nowMs) {
      this.accrue(this.epochEndMs);
      if (isMedia) this.confirm(sinceMs);
      this.reported = between(before, after, (this.epochEndMs - fromMs) / Math.max(1, nowMs - fromMs));
      closed.push(this.begin(this.currentEpoch + 1));
    }
    this.accrue(nowMs);
    if (isMedia) {
      this.confirm(sinceMs);
      this.mediaAtMs = nowMs;
    }
    this.reported = after;
    this.reportedAtMs = nowMs;
    this.quality = addQuality(this.quality, statistics.rttUs, deltas);
    return closed;
  }

  /** @returns what was in the epoch before; nothing of it is counted again. */
  private begin(next: number): EpochFigures {
    const figures = this.figures();
    this.currentEpoch = next;
    // Epochs in which nobody looked are nobody's.
    this.accruedMs = Math.max(this.accruedMs, epochStartSec(this.clock, next) * 1000);
    this.declaredBits = { received: 0, sent: 0 };
    this.presence = [];
    this.waiting = [];
    this.counted = this.reported;
    this.quality = noQuality;
    return figures;
  }

  /** Media flowed up to now: what waits was time of media, as far as `sinceMs` back. */
  private confirm(sinceMs: number): void {
    for (const [fromMs, toMs] of this.waiting) {
      if (toMs > sinceMs) extend(this.presence, Math.max(fromMs, sinceMs), toMs);
    }
    this.waiting = [];
  }
}

/** Adds a time to a list in which it is the last; beyond the bound it is dropped. */
function extend(times: [number, number][], fromMs: number, toMs: number): void {
  const last = times.at(-1);
  if (last?.[1] === fromMs) last[1] = toMs;
  else if (times.length < presenceMax) times.push([fromMs, toMs]);
}

function countersOf({ rxBytes, txBytes }: StoredCounters): ByteCounters {
  return { rxBytes: BigInt(rxBytes), txBytes: BigInt(txBytes) };
}

function storedCounters({ rxBytes, txBytes }: ByteCounters): StoredCounters {
  return { rxBytes: rxBytes.toString(), txBytes: txBytes.toString() };
}

function countersIn({ rxBytes, txBytes }: control.SessionStatistics): ByteCounters {
  return { rxBytes: txBytes, txBytes: rxBytes };
}

function isBack(before: ByteCounters, after: ByteCounters): boolean {
  return after.rxBytes < before.rxBytes || after.txBytes < before.txBytes;
}

function hasMore(before: ByteCounters, after: ByteCounters): boolean {
  return after.rxBytes > before.rxBytes || after.txBytes > before.txBytes;
}

const shareParts = 1_000_000;

/** Counters at a share of the way. */
function between(before: ByteCounters, after: ByteCounters, share: number): ByteCounters {
  const parts = BigInt(Math.min(shareParts, Math.max(0, Math.round(share * shareParts))));
  const at = (from: bigint, to: bigint) => from + ((to - from) * parts) / BigInt(shareParts);
  return { rxBytes: at(before.rxBytes, after.rxBytes), txBytes: at(before.txBytes, after.txBytes) };
}
