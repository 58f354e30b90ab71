import { create } from '@bufbuild/protobuf';
import { control } from '@chroom/protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { addQuality, noQuality, publisherSideOf, reportedQuality } from './quality-sums.js';
import { PublishedTracks, TrackDeltas } from './track-deltas.js';

const track = (packets: number, more: { lost?: number; jitterUs?: number } = {}) =>
  create(control.TrackStatisticsSchema, {
    track: 'TR_a',
    packets: BigInt(packets),
    packetsLost: BigInt(more.lost ?? 0),
    jitterUs: more.jitterUs ?? 0,
  });
const received = (packets: number, more = {}) =>
  create(control.SessionStatisticsSchema, { subscribed: [track(packets, more)] });

describe('packets from publishers', () => {
  let published: PublishedTracks;
  let deltas: TrackDeltas;
  beforeEach(() => {
    published = new PublishedTracks();
    deltas = new TrackDeltas();
    published.note(track(1_000), 0);
    published.note(track(1_200, { jitterUs: 7_000 }), 2_000);
    deltas.declared('TR_a', true);
  });

  it('are carried on between reports at the last rate, and not for ever', () => {
    expect(published.estimate('TR_a', 3_000)).toEqual({ packets: 1_300, jitterUs: 7_000 });
    expect(published.estimate('TR_a', 7_001)).toBeUndefined();
    expect(published.estimate('TR_b', 3_000)).toBeUndefined();
  });

  it('are compared with what was sent on to a receiver since its last report', () => {
    expect(deltas.take(received(500), published, 2_500)).toEqual([]);
    const [delta] = deltas.take(received(600, { lost: 3, jitterUs: 900 }), published, 3_500);
    expect(delta).toEqual({
      direction: 'received',
      packets: 100,
      lost: 3,
      jitterUs: 900,
      offered: { packets: 100, jitterUs: 7_000 },
    });
  });

  it('are not compared across a change of the stream, nor where only a part is wanted', () => {
    deltas.take(received(500), published, 2_500);
    deltas.declared('TR_a', true);
    expect(deltas.take(received(600), published, 3_000)).toEqual([]);
    deltas.declared('TR_a', false);
    deltas.take(received(700), published, 3_500);
    expect(deltas.take(received(800), published, 4_000)[0]?.offered).toBeUndefined();
  });

  it('give no negative deltas when a track begins anew', () => {
    deltas.take(received(500), published, 2_500);
    expect(deltas.take(received(10), published, 3_000)).toEqual([]);
  });
});

describe('quality of an epoch', () => {
  const delta = { direction: 'received' as const, packets: 900, lost: 100, jitterUs: 2_000 };

  it('is what receivers report, weighted by packets', () => {
    const sums = addQuality(noQuality, 30_000, [delta, { ...delta, packets: 100, lost: 0, jitterUs: 12_000 }]);
    expect(reportedQuality(sums)).toEqual({ lossPpm: 90_909, jitterUs: 3_000, rttUs: 30_000 });
  });

  it('is what the node missed of a session that only sends', () => {
    const sums = addQuality(noQuality, 0, [{ ...delta, direction: 'sent' }]);
    expect(reportedQuality(sums)).toEqual({ lossPpm: 100_000, jitterUs: 2_000, rttUs: 0 });
  });

  it('keeps the last round trip that was known', () => {
    const sums = addQuality(addQuality(noQuality, 30_000, []), 0, []);
    expect(reportedQuality(sums).rttUs).toBe(30_000);
  });

  it('is cross-checked only where enough packets were compared', () => {
    const offered = (packets: number) => [{ ...delta, packets: packets - 10, offered: { packets, jitterUs: 5_000 } }];
    expect(publisherSideOf(addQuality(noQuality, 0, offered(499))).packetsIn).toBe(0);
    expect(publisherSideOf(addQuality(noQuality, 0, offered(500)))).toEqual({
      packetsIn: 500,
      packetsForwarded: 490,
      jitterUs: 5_000,
    });
  });
});
