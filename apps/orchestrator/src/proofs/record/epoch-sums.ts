import { type EpochClock, epochEndSec, epochStartSec } from '@chroom/protocol/proofs';
import type { ClassTwoRecord, NodeReport } from '@chroom/receipts';
import { type ByteCounters, countersOf, type StoredCounters, storedCounters } from './byte-counters.js';
import {
  addQuality,
  noQuality,
  publisherSideOf,
  type QualitySums,
  reportedQuality,
  type TrackDelta,
} from './quality-sums.js';

/** Everything of one epoch that a receipt is made of. */
export interface EpochFigures {
  readonly epoch: number;
  readonly report: NodeReport;
  readonly record: ClassTwoRecord;
}

export interface StoredSums {
  readonly epoch: number;
  readonly counted: StoredCounters;
  readonly declaredBits: { readonly received: number; readonly sent: number };
  readonly presence: readonly (readonly [number, number])[];
  readonly waiting?: readonly (readonly [number, number])[];
  readonly quality: QualitySums;
}

/** Changes between media and none, in one epoch; what a client toggles beyond this is not counted as presence. */
const presenceMax = 256;

/** What one session did in one epoch. */
export class EpochSums {
  private declaredBits = { received: 0, sent: 0 };
  private presence: [number, number][] = [];
  /** Times in which media could flow, until a report shows that it did. */
  private waiting: [number, number][] = [];
  private quality: QualitySums = noQuality;

  constructor(
    private readonly clock: EpochClock,
    readonly epoch: number,
    /** The node's counters when the epoch began: counted in earlier epochs, or before we knew of them. */
    public counted: ByteCounters,
  ) {}

  static restore(clock: EpochClock, stored: StoredSums): EpochSums {
    const sums = new EpochSums(clock, stored.epoch, countersOf(stored.counted));
    sums.declaredBits = { ...stored.declaredBits };
    sums.presence = stored.presence.map(([from, to]) => [from, to]);
    sums.waiting = (stored.waiting ?? []).map(([from, to]) => [from, to]);
    sums.quality = stored.quality;
    return sums;
  }

  store(): StoredSums {
    const { epoch, declaredBits, presence, waiting, quality } = this;
    return { epoch, counted: storedCounters(this.counted), declaredBits, presence, waiting, quality };
  }

  get startMs(): number {
    return epochStartSec(this.clock, this.epoch) * 1000;
  }

  get endMs(): number {
    return epochEndSec(this.clock, this.epoch) * 1000;
  }

  /** So much was declared all that time, and could flow: it is time of media once a report shows some. */
  accrue(fromMs: number, toMs: number, declaredBps: { readonly received: number; readonly sent: number }): void {
    this.declaredBits.received += (declaredBps.received * (toMs - fromMs)) / 1000;
    this.declaredBits.sent += (declaredBps.sent * (toMs - fromMs)) / 1000;
    extend(this.waiting, fromMs, toMs);
  }

  /** Media flowed: what waits was time of media, as far as `sinceMs` back. */
  confirm(sinceMs: number): void {
    for (const [fromMs, toMs] of this.waiting) {
      if (toMs > sinceMs) extend(this.presence, Math.max(fromMs, sinceMs), toMs);
    }
    this.waiting = [];
  }

  addQuality(rttUs: number, deltas: readonly TrackDelta[]): void {
    this.quality = addQuality(this.quality, rttUs, deltas);
  }

  /** @param reported the node's counters at `toMs`, which is in this epoch or its end */
  figures(reported: ByteCounters, toMs: number): EpochFigures {
    const { epoch, quality, counted, declaredBits } = this;
    const fromSec = this.startMs / 1000;
    const durationSec = Math.max(toMs / 1000 - fromSec, 0.001);
    const stream = (direction: 'received' | 'sent') => {
      const bps = declaredBits[direction] / durationSec;
      return { direction, bps, fromSec, toSec: fromSec + durationSec };
    };
    return {
      epoch,
      report: {
        rxBytes: reported.rxBytes - counted.rxBytes,
        txBytes: reported.txBytes - counted.txBytes,
        ...reportedQuality(quality),
      },
      record: {
        presence: this.presence.map(([from, to]) => ({ fromSec: from / 1000, toSec: to / 1000 })),
        streams: [stream('received'), stream('sent')],
        publisherSide: publisherSideOf(quality),
      },
    };
  }
}

/** Adds a time to a list in which it is the last; beyond the bound it is dropped. */
function extend(times: [number, number][], fromMs: number, toMs: number): void {
  const last = times.at(-1);
  if (last?.[1] === fromMs) last[1] = toMs;
  else if (times.length < presenceMax) times.push([fromMs, toMs]);
}
