import { type VideoLayer, VideoQuality } from '@livekit/protocol';

/** What a subscriber asked of one video track by `track_setting`. */
export interface LayerWish {
  readonly disabled: boolean;
  readonly quality: VideoQuality;
  /** Pixels; 0 when only a quality was given. */
  readonly width: number;
  readonly height: number;
  /** 0: no bound. */
  readonly framesPerSecond: number;
}

export const fullQuality: LayerWish = {
  disabled: false,
  quality: VideoQuality.HIGH,
  width: 0,
  height: 0,
  framesPerSecond: 0,
};

/** What is asked of the node for one subscription. */
export interface LayerChoice {
  readonly paused: boolean;
  /** 0 low, 1 medium, 2 high. */
  readonly maxQuality: number;
  readonly maxFramesPerSecond: number;
}

/** Sizes win over the quality: the smallest layer that covers the asked area, else the largest there is. */
export function chooseLayer(wish: LayerWish, layers: readonly VideoLayer[]): LayerChoice {
  const maxFramesPerSecond = wish.framesPerSecond;
  if (wish.disabled || wish.quality === VideoQuality.OFF) return { paused: true, maxQuality: 0, maxFramesPerSecond };
  if (wish.width === 0 && wish.height === 0) return { paused: false, maxQuality: wish.quality, maxFramesPerSecond };
  const sized = layers
    .filter((layer) => layer.quality !== VideoQuality.OFF && layer.width > 0 && layer.height > 0)
    .sort((a, b) => a.quality - b.quality);
  const covering = sized.find((layer) => covers(layer, wish));
  return { paused: false, maxQuality: covering?.quality ?? VideoQuality.HIGH, maxFramesPerSecond };
}

/** A few pixels less are not worth four times the bits. */
const toleratedShortfall = 0.9;

/** Portrait video in a landscape element is compared side by side: long with long, short with short. */
function covers(layer: VideoLayer, wish: LayerWish): boolean {
  const long = Math.max(layer.width, layer.height);
  const short = Math.min(layer.width, layer.height);
  const wishedLong = Math.max(wish.width, wish.height) * toleratedShortfall;
  const wishedShort = Math.min(wish.width, wish.height) * toleratedShortfall;
  return long >= wishedLong && short >= wishedShort;
}

const ridQualities: Readonly<Record<string, VideoQuality>> = {
  q: VideoQuality.LOW,
  h: VideoQuality.MEDIUM,
  f: VideoQuality.HIGH,
};

/** One simulcast stream of a published section. */
export interface SimulcastStream {
  readonly rid: string;
  readonly quality: VideoQuality;
}

/**
 * Layer names to qualities, in growing quality. LiveKit's names q, h and f are known by name whatever their order;
 * other names count as written, from low to high, at most three.
 */
export function simulcastStreams(rids: readonly string[]): SimulcastStream[] {
  if (rids.every((rid) => Object.hasOwn(ridQualities, rid))) {
    return rids.map((rid) => ({ rid, quality: ridQualities[rid]! })).sort((a, b) => a.quality - b.quality);
  }
  return rids.slice(0, 3).map((rid, position) => ({ rid, quality: position as VideoQuality }));
}
