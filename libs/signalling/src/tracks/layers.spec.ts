import { describe, expect, it } from '@jest/globals';
import { VideoLayer, VideoQuality } from '@livekit/protocol';
import { chooseLayer, fullQuality, simulcastStreams } from './layers.js';

const layers = [
  new VideoLayer({ quality: VideoQuality.HIGH, width: 1280, height: 720 }),
  new VideoLayer({ quality: VideoQuality.LOW, width: 320, height: 180 }),
  new VideoLayer({ quality: VideoQuality.MEDIUM, width: 640, height: 360 }),
];

describe('chooseLayer', () => {
  it.each([
    ['a tile as small as the smallest layer', 320, 180, 0],
    ['a tile a tenth larger than a layer', 352, 198, 0],
    ['a tile larger than that', 360, 203, 1],
    ['a portrait tile', 180, 320, 0],
    ['a tile larger than everything', 4000, 3000, 2],
    ['a narrow tile that is high', 100, 600, 1],
  ])('takes the smallest layer that covers %s', (_name, width, height, maxQuality) => {
    expect(chooseLayer({ ...fullQuality, width, height }, layers)).toMatchObject({ maxQuality, paused: false });
  });

  it('follows the quality when no size is given, and sizes when both are', () => {
    expect(chooseLayer({ ...fullQuality, quality: VideoQuality.MEDIUM }, layers).maxQuality).toBe(1);
    const both = { ...fullQuality, quality: VideoQuality.HIGH, width: 300, height: 170 };
    expect(chooseLayer(both, layers).maxQuality).toBe(0);
  });

  it('pauses what is disabled or off', () => {
    expect(chooseLayer({ ...fullQuality, disabled: true }, layers).paused).toBe(true);
    expect(chooseLayer({ ...fullQuality, quality: VideoQuality.OFF }, layers).paused).toBe(true);
  });

  it('takes the best of a track whose layers have no sizes', () => {
    expect(chooseLayer({ ...fullQuality, width: 10, height: 10 }, []).maxQuality).toBe(2);
  });
});

describe('simulcastStreams', () => {
  it.each([
    [['q', 'h', 'f'], 'q0 h1 f2'],
    [['f', 'h', 'q'], 'q0 h1 f2'],
    [['q', 'h'], 'q0 h1'],
    [['f'], 'f2'],
    [['low', 'mid', 'high'], 'low0 mid1 high2'],
    [['1', '2', '3', '4'], '10 21 32'],
  ])('orders %j by growing quality', (rids, expected) => {
    expect(
      simulcastStreams(rids)
        .map(({ rid, quality }) => `${rid}${quality}`)
        .join(' '),
    ).toBe(expected);
  });
});
