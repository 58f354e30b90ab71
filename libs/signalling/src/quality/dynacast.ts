import { SubscribedCodec, SubscribedQuality, SubscribedQualityUpdate, VideoQuality } from '@livekit/protocol';

/** Highest quality that anyone watches: 0 low to 2 high, or `nobody`. */
export type WatchedQuality = 0 | 1 | 2 | 'nobody';

/** Lowering waits, because people switch views back and forth. */
export const lowerAfterMs = 5000;

export interface DynacastState {
  /** What the publisher was last told. */
  readonly told: WatchedQuality;
  /** Since when less is wanted; 0: nothing to lower. */
  readonly lowerSinceMs: number;
}

/** A publisher starts with all layers on, so that the first receiver never waits. */
export const initialDynacast: DynacastState = { told: 2, lowerSinceMs: 0 };

export interface DynacastStep {
  readonly state: DynacastState;
  readonly tell: boolean;
  /** When to look again; 0: not before the next change. */
  readonly againInMs: number;
}

/** Raise at once, lower after `lowerAfterMs` of wanting less without a break. */
export function stepDynacast(state: DynacastState, watched: WatchedQuality, nowMs: number): DynacastStep {
  if (rank(watched) === rank(state.told)) {
    return { state: { told: state.told, lowerSinceMs: 0 }, tell: false, againInMs: 0 };
  }
  if (rank(watched) > rank(state.told)) return { state: { told: watched, lowerSinceMs: 0 }, tell: true, againInMs: 0 };
  if (state.lowerSinceMs === 0) {
    return { state: { told: state.told, lowerSinceMs: nowMs }, tell: false, againInMs: lowerAfterMs };
  }
  const waitedMs = nowMs - state.lowerSinceMs;
  if (waitedMs < lowerAfterMs) return { state, tell: false, againInMs: lowerAfterMs - waitedMs };
  return { state: { told: watched, lowerSinceMs: 0 }, tell: true, againInMs: 0 };
}

/** @param mimeTypes codecs of the track; the update names them bare and in lower case ("vp8"), or clients ignore it. */
export function subscribedQualityUpdate(
  trackSid: string,
  mimeTypes: readonly string[],
  watched: WatchedQuality,
): SubscribedQualityUpdate {
  const qualities = () =>
    [VideoQuality.LOW, VideoQuality.MEDIUM, VideoQuality.HIGH].map(
      (quality) => new SubscribedQuality({ quality, enabled: quality <= rank(watched) }),
    );
  const names = [...new Set(mimeTypes.map((mimeType) => mimeType.replace(/^\w+\//, '').toLowerCase()))];
  return new SubscribedQualityUpdate({
    trackSid,
    subscribedQualities: qualities(),
    subscribedCodecs: names
      .filter((name) => name !== '')
      .map((codec) => new SubscribedCodec({ codec, qualities: qualities() })),
  });
}

function rank(watched: WatchedQuality): number {
  return watched === 'nobody' ? -1 : watched;
}
