import type { control } from '@chroom/protocol';
import type { TrackDelta } from './quality-sums.js';

interface PublishedSample {
  readonly packets: number;
  readonly jitterUs: number;
}

/** Of a track, and of its encodings by quality where it has several. */
interface PublishedTrackSample extends PublishedSample {
  readonly encodings: ReadonlyMap<number, PublishedSample>;
}

/** Tracks of all sessions; beyond this, new ones are not compared. */
const tracksMax = 200_000;

/** How many packets came from the publishers of tracks, as last reported with the publishers' own sessions. */
export class PublishedTracks {
  private readonly samples = new Map<string, PublishedTrackSample>();

  note(track: control.TrackStatistics): void {
    if (!this.samples.has(track.track) && this.samples.size >= tracksMax) return;
    const encodings = new Map(track.encodings.map((one) => [one.quality, sampleOf(one)]));
    this.samples.set(track.track, { ...sampleOf(track), encodings });
  }

  /** What should have been sent on to a receiver of the whole track or, with simulcast, of this `quality` of it. */
  newest(track: string, quality?: number): PublishedSample | undefined {
    const sample = this.samples.get(track);
    return quality === undefined ? sample : sample?.encodings.get(quality);
  }

  forget(track: string): void {
    this.samples.delete(track);
  }
}

function sampleOf({ packets, jitterUs }: { packets: bigint; jitterUs: number }): PublishedSample {
  return { packets: Number(packets), jitterUs };
}

interface Baseline {
  /** No comparison has been made since the stream changed. */
  readonly isFirst: boolean;
  readonly packets: number;
  readonly lost: number;
  readonly offered: number | undefined;
  readonly quality: number;
}

/** The tracks of one session between its reports. Memory only: after a restart the next report begins anew. */
export class TrackDeltas {
  private baselines = new Map<string, Baseline>();
  /** Tracks of which the session should get every packet, of all or of one encoding. */
  private readonly whole = new Map<string, 'track' | 'encoding'>();

  /** A stream changed: what was forwarded across the change cannot be compared. */
  declared(track: string, whole: 'track' | 'encoding' | undefined): void {
    this.baselines.delete(`received ${track}`);
    if (whole) this.whole.set(track, whole);
    else this.whole.delete(track);
  }

  take(statistics: control.SessionStatistics, published: PublishedTracks): TrackDelta[] {
    const before = this.baselines;
    this.baselines = new Map();
    const deltas: TrackDelta[] = [];
    for (const direction of ['received', 'sent'] as const) {
      for (const track of direction === 'received' ? statistics.subscribed : statistics.published) {
        const key = `${direction} ${track.track}`;
        const whole = direction === 'received' ? this.whole.get(track.track) : undefined;
        const isOfEncoding = whole === 'encoding';
        const source = whole && published.newest(track.track, isOfEncoding ? track.quality : undefined);
        const last = before.get(key);
        const isSameStream = last !== undefined && !(isOfEncoding && hasSwitched(track, last));
        const now = {
          isFirst: !isSameStream,
          packets: Number(track.packets),
          lost: Number(track.packetsLost),
          offered: source?.packets,
          quality: track.quality,
        };
        this.baselines.set(key, now);
        const delta = difference(direction, last, now, track.jitterUs, isSameStream ? source?.jitterUs : undefined);
        if (delta) deltas.push(delta);
      }
    }
    return deltas;
  }
}

/** Another encoding than at the last report, at some time since. */
function hasSwitched({ quality, packets, packetsOfQuality }: control.TrackStatistics, last: Baseline): boolean {
  return quality !== last.quality || Number(packetsOfQuality) < Number(packets) - last.packets;
}

function difference(
  direction: 'received' | 'sent',
  before: Baseline | undefined,
  now: Baseline,
  jitterUs: number,
  sourceJitterUs: number | undefined,
): TrackDelta | undefined {
  if (!before || now.packets < before.packets) return undefined;
  const isComparable = before.offered !== undefined && now.offered !== undefined && sourceJitterUs !== undefined;
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
