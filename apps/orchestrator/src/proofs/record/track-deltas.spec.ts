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
    published.note(track(1_000));
    deltas.declared('TR_a', 'track');
  });

  it('are compared with what was sent on to a receiver since its last report', () => {
    expect(deltas.take(received(500), published)).toEqual([]);
    published.note(track(1_100, { jitterUs: 7_000 }));
    const [delta] = deltas.take(received(590, { lost: 3, jitterUs: 900 }), published);
    expect(delta).toEqual({
      direction: 'received',
      packets: 90,
      lost: 3,
      jitterUs: 900,
      offered: { packets: 100, jitterUs: 7_000, isFirst: true },
    });
    expect(deltas.take(received(600), published)[0]?.offered).toEqual({ packets: 0, jitterUs: 7_000, isFirst: false });
  });

  it('are not compared across a change of the stream, nor where only a part is wanted', () => {
    deltas.take(received(500), published);
    deltas.declared('TR_a', 'track');
    expect(deltas.take(received(600), published)).toEqual([]);
    deltas.declared('TR_a', undefined);
    deltas.take(received(700), published);
    expect(deltas.take(received(800), published)[0]?.offered).toBeUndefined();
  });

  it('are not compared when the publisher has not reported', () => {
    published.forget('TR_a');
    deltas.take(received(500), published);
    expect(deltas.take(received(600), published)[0]?.offered).toBeUndefined();
  });

  describe('of a track with simulcast', () => {
    const encodings = (low: number, high: number) =>
      published.note(
        create(control.TrackStatisticsSchema, {
          track: 'TR_a',
          packets: BigInt(low + high),
          encodings: [
            { quality: 0, packets: BigInt(low), jitterUs: 1_000 },
            { quality: 2, packets: BigInt(high), jitterUs: 4_000 },
          ],
        }),
      );
    const layer = (packets: number, quality: number, packetsOfQuality: number) => {
      const subscribed = [{ ...track(packets), quality, packetsOfQuality: BigInt(packetsOfQuality) }];
      return deltas.take(create(control.SessionStatisticsSchema, { subscribed }), published);
    };
    beforeEach(() => {
      deltas.declared('TR_a', 'encoding');
      encodings(300, 700);
      layer(500, 2, 500);
    });

    it('are compared with those of the encoding that was sent on all the time', () => {
      encodings(330, 800);
      expect(layer(590, 2, 590)[0]).toMatchObject({ packets: 90, offered: { packets: 100, jitterUs: 4_000 } });
    });

    it('are not compared across a switch, and from then on with those of the other encoding', () => {
      encodings(330, 800);
      expect(layer(560, 0, 10)[0]?.offered).toBeUndefined();
      encodings(360, 900);
      expect(layer(585, 0, 35)[0]).toMatchObject({ packets: 25, offered: { packets: 30, isFirst: true } });
      encodings(390, 1000);
      expect(layer(615, 0, 65)[0]?.offered).toEqual({ packets: 30, jitterUs: 1_000, isFirst: false });
    });

    it('are not compared when it switched away and back between two reports', () => {
      encodings(330, 800);
      expect(layer(590, 2, 40)[0]?.offered).toBeUndefined();
    });

    it('are not compared for an encoding that the publisher does not have', () => {
      encodings(330, 800);
      layer(560, 1, 10);
      expect(layer(600, 1, 50)[0]?.offered).toBeUndefined();
    });
  });

  it('count in full for a track without simulcast, whatever the node says of encodings', () => {
    const subscribed = (packets: number) => [{ ...track(packets), quality: packets % 3, packetsOfQuality: 0n }];
    const report = (packets: number) => create(control.SessionStatisticsSchema, { subscribed: subscribed(packets) });
    deltas.take(report(500), published);
    published.note(track(1_100));
    expect(deltas.take(report(550), published)[0]).toMatchObject({ packets: 50, offered: { packets: 100 } });
  });

  it('give no negative deltas when a track begins anew', () => {
    deltas.take(received(500), published);
    expect(deltas.take(received(10), published)).toEqual([]);
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

  /** Reports of 100 packets each, of which so many were sent on. */
  const compared = (reports: number, forwarded: number) => {
    let sums = noQuality;
    for (let report = 0; report < reports; report += 1) {
      const offered = { packets: 100, jitterUs: 5_000, isFirst: report === 0 };
      sums = addQuality(sums, 0, [{ ...delta, packets: forwarded, offered }]);
    }
    return publisherSideOf(sums);
  };

  it('is cross-checked only where the inaccuracy of the reports is small', () => {
    expect(compared(7, 0)).toEqual({ packetsIn: 0, packetsForwarded: 0, jitterUs: 0 });
    expect(compared(8, 0)).toEqual({ packetsIn: 800, packetsForwarded: 200, jitterUs: 5_000 });
  });

  it('takes what may be the inaccuracy of the reports for no difference, either way', () => {
    expect(compared(20, 90).packetsForwarded).toBe(2_000);
    expect(compared(20, 110).packetsForwarded).toBe(2_000);
    expect(compared(20, 80).packetsForwarded).toBe(1_800);
    expect(compared(20, 120).packetsForwarded).toBe(2_200);
  });

  it('is not misled by reports that come all at once after a break', () => {
    let sums = noQuality;
    for (const packets of [1_000, 0, 0, 0, 1_000, 100, 100]) {
      sums = addQuality(sums, 0, [{ ...delta, packets: 100, offered: { packets, jitterUs: 0, isFirst: false } }]);
    }
    expect(publisherSideOf(sums).packetsIn).toBe(0);
  });
});
