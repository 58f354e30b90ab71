import { describe, expect, it } from '@jest/globals';
import { ConnectionQuality } from '@livekit/protocol';
import { rateConnection, type StreamSample } from './connection-quality.js';
import { initialDynacast, stepDynacast, subscribedQualityUpdate, type WatchedQuality } from './dynacast.js';

const stream = (kind: 'audio' | 'video', lossPpm: number, jitterUs = 2000): StreamSample => ({
  kind,
  lossPpm,
  jitterUs,
  packets: 100,
});
const rate = (streams: StreamSample[], rttUs = 30_000, disconnected = false) =>
  rateConnection({ streams, rttUs, disconnected });

describe('rateConnection', () => {
  it.each([
    ['a clean call', [stream('audio', 0), stream('video', 0)], 30_000, ConnectionQuality.EXCELLENT],
    ['half a percent of lost audio', [stream('audio', 5_000)], 30_000, ConnectionQuality.EXCELLENT],
    ['three percent of lost audio', [stream('audio', 30_000)], 60_000, ConnectionQuality.GOOD],
    [
      'two percent of lost video beside clean audio',
      [stream('audio', 0), stream('video', 20_000)],
      30_000,
      ConnectionQuality.GOOD,
    ],
    ['ten percent of lost video', [stream('video', 100_000)], 30_000, ConnectionQuality.POOR],
    ['a round trip of a second', [stream('audio', 0)], 1_000_000, ConnectionQuality.POOR],
    ['silence', [], 20_000, ConnectionQuality.EXCELLENT],
    ['total loss, which is not the same as being gone', [stream('audio', 1_000_000)], 30_000, ConnectionQuality.POOR],
  ])('rates %s', (_name, streams, rttUs, quality) => {
    expect(rate(streams, rttUs).quality).toBe(quality);
  });

  it('says LOST only when the transport is disconnected', () => {
    expect(rate([stream('audio', 0)], 30_000, true).quality).toBe(ConnectionQuality.LOST);
  });

  it('never improves with more loss, delay or jitter', () => {
    for (let step = 1; step < 100; step += 1) {
      expect(rate([stream('video', step * 10_000)]).score).toBeLessThanOrEqual(
        rate([stream('video', (step - 1) * 10_000)]).score,
      );
      expect(rate([stream('audio', 0)], step * 10_000).score).toBeLessThanOrEqual(
        rate([stream('audio', 0)], (step - 1) * 10_000).score,
      );
      expect(rate([stream('audio', 0, step * 5_000)]).score).toBeLessThanOrEqual(
        rate([stream('audio', 0, (step - 1) * 5_000)]).score,
      );
    }
  });

  it('ignores streams without packets', () => {
    expect(rate([{ ...stream('video', 500_000), packets: 0 }]).quality).toBe(ConnectionQuality.EXCELLENT);
  });
});

describe('stepDynacast', () => {
  it('raises at once', () => {
    const step = stepDynacast({ told: 'nobody', lowerSinceMs: 0 }, 1, 10_000);
    expect(step).toMatchObject({ tell: true, state: { told: 1 } });
  });

  it('lowers only after five seconds without a break', () => {
    const first = stepDynacast(initialDynacast, 0, 10_000);
    expect(first).toMatchObject({ tell: false, againInMs: 5000 });
    const early = stepDynacast(first.state, 'nobody', 12_000);
    expect(early).toMatchObject({ tell: false, againInMs: 3000 });
    const back = stepDynacast(early.state, 2, 13_000);
    expect(back).toMatchObject({ tell: false, againInMs: 0, state: { lowerSinceMs: 0 } });
    const again = stepDynacast(back.state, 0, 14_000);
    expect(stepDynacast(again.state, 0, 18_999).tell).toBe(false);
    expect(stepDynacast(again.state, 0, 19_000)).toMatchObject({ tell: true, state: { told: 0 } });
  });
});

describe('subscribedQualityUpdate', () => {
  it.each([
    ['nobody', [false, false, false]],
    [0, [true, false, false]],
    [2, [true, true, true]],
  ] as [WatchedQuality, boolean[]][])('enables what is watched up to %s, with bare codec names', (watched, enabled) => {
    const update = subscribedQualityUpdate('TR_x', ['video/VP8', 'video/vp8'], watched);
    expect(update.subscribedCodecs.map(({ codec }) => codec)).toEqual(['vp8']);
    expect(update.subscribedCodecs[0]!.qualities.map((quality) => quality.enabled)).toEqual(enabled);
    expect(update.subscribedQualities.map((quality) => quality.enabled)).toEqual(enabled);
  });
});
