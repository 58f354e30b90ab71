import { describe, expect, it } from '@jest/globals';
import { TrackInfo, TrackSource, TrackType, VideoLayer, VideoQuality } from '@livekit/protocol';
import { forwardedBps, publishedBps } from './declared-bitrate.js';

const { LOW, MEDIUM, HIGH, OFF } = VideoQuality;
const camera = (simulcast: boolean, layers: [VideoQuality, number][]) =>
  new TrackInfo({
    type: TrackType.VIDEO,
    source: TrackSource.CAMERA,
    simulcast,
    layers: layers.map(([quality, bitrate]) => new VideoLayer({ quality, bitrate, width: 1280, height: 720 })),
  });
const three: [VideoQuality, number][] = [
  [LOW, 160_000],
  [HIGH, 1_700_000],
  [MEDIUM, 450_000],
];

describe('declared bitrates', () => {
  it('are the sum of the layers for the publisher and one layer for a receiver', () => {
    const track = camera(true, three);
    expect(publishedBps(track)).toBe(2_310_000);
    expect([LOW, MEDIUM, HIGH].map((quality) => forwardedBps(track, quality))).toEqual([160_000, 450_000, 1_700_000]);
  });

  it('are those of the lowest layer for a receiver that asked for less than there is', () => {
    expect(
      forwardedBps(
        camera(true, [
          [MEDIUM, 450_000],
          [HIGH, 1_700_000],
        ]),
        LOW,
      ),
    ).toBe(450_000);
  });

  it('are the one encoding for everybody without simulcast', () => {
    const track = camera(false, [[HIGH, 900_000]]);
    expect([publishedBps(track), forwardedBps(track, LOW)]).toEqual([900_000, 900_000]);
  });

  it('are what clients send by default where nothing was announced', () => {
    expect(publishedBps(camera(false, [[HIGH, 0]]))).toBe(1_700_000);
    expect(publishedBps(camera(false, [[OFF, 5]]))).toBe(1_700_000);
    const screen = new TrackInfo({
      type: TrackType.VIDEO,
      source: TrackSource.SCREEN_SHARE,
      width: 1920,
      height: 1080,
    });
    expect(publishedBps(screen)).toBe(5_000_000);
  });

  it.each([
    [{ stereo: false, disableRed: true }, 64_000],
    [{ stereo: false, disableRed: false }, 128_000],
    [{ stereo: true, disableRed: true }, 128_000],
  ])('of audio with %j are %d', (features, bps) => {
    const track = new TrackInfo({ type: TrackType.AUDIO, ...features });
    expect([publishedBps(track), forwardedBps(track, LOW)]).toEqual([bps, bps]);
  });
});
