import { type TrackInfo, TrackSource, TrackType, type VideoLayer, VideoQuality } from '@livekit/protocol';

/** Opus as browsers send it, with the headers that small packets cost. */
const audioBps = { mono: 64_000, stereo: 128_000 };
/** RED sends each frame again in the next packet. */
const redundancyFactor = 2;

/** What clients send by default for pictures of up to so many pixels; screens need more for sharp edges. */
const videoBps: readonly { readonly upToPixels: number; readonly camera: number; readonly screen: number }[] = [
  { upToPixels: 320 * 240, camera: 160_000, screen: 400_000 },
  { upToPixels: 640 * 480, camera: 500_000, screen: 800_000 },
  { upToPixels: 1280 * 960, camera: 1_700_000, screen: 2_000_000 },
  { upToPixels: 1920 * 1440, camera: 3_000_000, screen: 5_000_000 },
  { upToPixels: Number.POSITIVE_INFINITY, camera: 5_000_000, screen: 7_000_000 },
];
const unknownPixels = 1280 * 720;

/** All that the publisher of a track may send, from what it announced; where it said nothing, what clients send by default. */
export function publishedBps(track: TrackInfo): number {
  if (track.type !== TrackType.VIDEO) return audioOf(track);
  const rates = sentLayers(track).map((layer) => bpsOf(track, layer));
  return track.simulcast ? rates.reduce((sum, bps) => sum + bps, 0) : Math.max(...rates);
}

/** What a receiver that asked for at most `maxQuality` may get. Without simulcast everybody gets the one encoding. */
export function forwardedBps(track: TrackInfo, maxQuality: number): number {
  if (track.type !== TrackType.VIDEO || !track.simulcast) return publishedBps(track);
  const layers = sentLayers(track).sort((a, b) => a.quality - b.quality);
  const layer = layers.findLast(({ quality }) => quality <= maxQuality) ?? layers[0]!;
  return bpsOf(track, layer);
}

function audioOf({ stereo, disableRed }: TrackInfo): number {
  return (stereo ? audioBps.stereo : audioBps.mono) * (disableRed ? 1 : redundancyFactor);
}

function sentLayers(track: TrackInfo): Pick<VideoLayer, 'quality' | 'bitrate' | 'width' | 'height'>[] {
  const layers = track.layers.filter(({ quality }) => quality !== VideoQuality.OFF);
  const whole = { quality: VideoQuality.HIGH, bitrate: 0, width: track.width, height: track.height };
  return layers.length > 0 ? layers : [whole];
}

function bpsOf(track: TrackInfo, layer: Pick<VideoLayer, 'bitrate' | 'width' | 'height'>): number {
  if (layer.bitrate > 0) return layer.bitrate;
  const pixels = layer.width * layer.height || unknownPixels;
  const { camera, screen } = videoBps.find(({ upToPixels }) => pixels <= upToPixels)!;
  return track.source === TrackSource.SCREEN_SHARE ? screen : camera;
}
