import type { control } from '@chroom/protocol';
import type { TrackDelta } from './quality-sums.js';

interface PublishedSample {
  readonly packets: number;
  readonly jitterUs: number;
}

/** Tracks of all sessions; beyond this, new ones are not compared. */
const tracksMax = 200_000;

/** How many packets came from the publishers of tracks, as last reported with the publishers' own sessions. */
export class PublishedTracks {
  private readonly samples = new Map<string, PublishedSample>();

  note(track: control.TrackStatistics): void {
    if (!this.samples.has(track.track) && this.samples.size >= tracksMax) return;
    this.samples.set(track.track, { packets: Number(track.packets), jitterUs: track.jitterUs });
  }

  newest(track: string): PublishedSample | undefined {
    return this.samples.get(track);
  }

  forget(track: string): void {
    this.samples.delete(track);
  }
}

interface Baseline {
  /** No comparison has been made since the stream changed. */
  readonly isFirst: boolean;
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

  take(statistics: control.SessionStatistics, published: PublishedTracks): TrackDelta[] {
    const before = this.baselines;
    this.baselines = new Map();
    const deltas: TrackDelta[] = [];
    for (const direction of ['received', 'sent'] as const) {
      for (const track of direction === 'received' ? statistics.subscribed : statistics.published) {
        const key = `${direction} ${track.track}`;
        const isCompared = direction === 'received' && this.whole.has(track.track);
        const source = isCompared ? published.newest(track.track) : undefined;
        const isFirst = !before.has(key);
        const now = {
          isFirst,
          packets: Number(track.packets),
          lost: Number(track.packetsLost),
          offered: source?.packets,
        };
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
      offered: {
        packets: Math.max(0, now.offered! - before.offered!),
        jitterUs: sourceJitterUs,
        isFirst: before.isFirst,
      },
    }),
  };
}
