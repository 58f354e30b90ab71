import type { control } from '@chroom/protocol';
import type { TrackDelta } from './quality-sums.js';

interface PublishedSample {
  readonly atMs: number;
  readonly packets: number;
  readonly packetsPerMs: number;
  readonly jitterUs: number;
}

/** Tracks of all sessions; beyond this, new ones are not compared. */
const tracksMax = 200_000;
/** A publisher that has said nothing for so long is not extrapolated. */
const staleMs = 5_000;

/**
 * How many packets came from the publishers of tracks, as reported with the publishers' own sessions. Receivers report
 * at other moments, so the count is carried on at the last rate.
 */
export class PublishedTracks {
  private readonly samples = new Map<string, PublishedSample>();

  note(track: control.TrackStatistics, atMs: number): void {
    const before = this.samples.get(track.track);
    if (!before && this.samples.size >= tracksMax) return;
    const packets = Number(track.packets);
    const passedMs = before ? atMs - before.atMs : 0;
    const packetsPerMs = before && passedMs > 0 ? Math.max(0, packets - before.packets) / passedMs : 0;
    this.samples.set(track.track, { atMs, packets, packetsPerMs, jitterUs: track.jitterUs });
  }

  /** Undefined until two reports are known. */
  estimate(track: string, atMs: number): { readonly packets: number; readonly jitterUs: number } | undefined {
    const sample = this.samples.get(track);
    if (!sample || sample.packetsPerMs === 0 || atMs - sample.atMs > staleMs) return undefined;
    const { packets, packetsPerMs, jitterUs } = sample;
    return { packets: packets + packetsPerMs * (atMs - sample.atMs), jitterUs };
  }

  forget(track: string): void {
    this.samples.delete(track);
  }
}

interface Baseline {
  readonly packets: number;
  readonly lost: number;
  readonly offered: number | undefined;
}

/** The tracks of one session between its reports. Memory only: after a restart the next report begins anew. */
export class TrackDeltas {
  private baselines = new Map<string, Baseline>();
  /** Tracks of which the session should get every packet. */
  private readonly whole = new Set<string>();

  /** A stream changed: what was forwarded across the change cannot be compared. */
  declared(track: string, isWhole: boolean): void {
    this.baselines.delete(`received ${track}`);
    if (isWhole) this.whole.add(track);
    else this.whole.delete(track);
  }

  take(statistics: control.SessionStatistics, published: PublishedTracks, atMs: number): TrackDelta[] {
    const before = this.baselines;
    this.baselines = new Map();
    const deltas: TrackDelta[] = [];
    for (const direction of ['received', 'sent'] as const) {
      for (const track of direction === 'received' ? statistics.subscribed : statistics.published) {
        const key = `${direction} ${track.track}`;
        const isCompared = direction === 'received' && this.whole.has(track.track);
        const source = isCompared ? published.estimate(track.track, atMs) : undefined;
        const now = { packets: Number(track.packets), lost: Number(track.packetsLost), offered: source?.packets };
        this.baselines.set(key, now);
        const delta = difference(direction, before.get(key), now, track.jitterUs, source?.jitterUs ?? 0);
        if (delta) deltas.push(delta);
      }
    }
    return deltas;
  }
}

function difference(
  direction: 'received' | 'sent',
  before: Baseline | undefined,
  now: Baseline,
  jitterUs: number,
  sourceJitterUs: number,
): TrackDelta | undefined {
  if (!before || now.packets < before.packets) return undefined;
  const isComparable = before.offered !== undefined && now.offered !== undefined;
  return {
    direction,
    packets: now.packets - before.packets,
    lost: Math.max(0, now.lost - before.lost),
    jitterUs,
    ...(isComparable && {
      offered: { packets: Math.max(0, now.offered! - before.offered!), jitterUs: sourceJitterUs },
    }),
  };
}
