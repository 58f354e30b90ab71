import { describe, expect, it } from '@jest/globals';
import { boundClassTwo, type ClassTwoRecord, type NodeReport } from './class-two-bounds.js';

const clock = { startSec: 0, slotSec: 1 };
const report: NodeReport = { rxBytes: 1_000_000n, txBytes: 500_000n, lossPpm: 1_000, jitterUs: 5_000, rttUs: 30_000 };
/** 10 s of a subscription of 1 Mbit/s (bound 1 375 000 bytes) and of a publication of 0.5 Mbit/s (687 500 bytes). */
const record: ClassTwoRecord = {
  presence: [{ fromSec: 2, toSec: 12 }],
  streams: [
    { direction: 'received', bps: 1_000_000, fromSec: 2, toSec: 12 },
    { direction: 'sent', bps: 500_000, fromSec: 2, toSec: 12 },
  ],
  publisherSide: { packetsIn: 1000, packetsForwarded: 1000, jitterUs: 4_000 },
};
const bound = (changedReport: Partial<NodeReport>, changedRecord: Partial<ClassTwoRecord> = {}) =>
  boundClassTwo(clock, 0, { ...report, ...changedReport }, { ...record, ...changedRecord });

describe('class 2 counters', () => {
  it('are the node’s where the orchestrator’s record allows them', () => {
    expect(bound({})).toEqual({
      accepted: { ...report, activeSec: 10, slots: 0b1111_1111_1100n },
      objections: [],
    });
  });

  it('never exceed the declared bitrate times the time times 1.1', () => {
    expect(bound({ rxBytes: 1_375_000n, txBytes: 687_500n }).objections).toEqual([]);
    const { accepted, objections } = bound({ rxBytes: 1_375_001n, txBytes: 687_501n });
    expect([accepted.rxBytes, accepted.txBytes]).toEqual([1_375_000n, 687_500n]);
    expect(objections).toEqual([
      { code: 'RX_OVER_BOUND', reported: 1_375_001n, accepted: 1_375_000n },
      { code: 'TX_OVER_BOUND', reported: 687_501n, accepted: 687_500n },
    ]);
  });

  it('are nothing for a participant that was not there', () => {
    const { accepted } = bound({}, { presence: [], streams: [] });
    expect(accepted).toMatchObject({ rxBytes: 0n, txBytes: 0n, activeSec: 0, slots: 0n });
  });

  it('count only what falls into the epoch', () => {
    const streams = [{ direction: 'received' as const, bps: 8_000, fromSec: 54, toSec: 74 }];
    const presence = [{ fromSec: 54, toSec: 74 }];
    const { accepted } = boundClassTwo(clock, 1, report, { ...record, presence, streams });
    expect(accepted).toMatchObject({ rxBytes: 11_000n, activeSec: 10, slots: 0b11_1111_1111n });
  });

  it('take the loss that the publisher side shows when the node drops packets and reports none', () => {
    const publisherSide = { packetsIn: 1000, packetsForwarded: 800, jitterUs: 0 };
    const { accepted, objections } = bound({ lossPpm: 0 }, { publisherSide });
    expect(accepted.lossPpm).toBe(200_000);
    expect(objections).toEqual([{ code: 'LOSS_BELOW_PUBLISHER_SIDE', reported: 0n, accepted: 200_000n }]);
  });

  it.each([
    ['one per cent', 990, 0, 0],
    ['a packet more', 989, 0, 11_000],
    ['less than one per cent on top of what is reported', 990, 20_000, 20_000],
    ['two per cent on top of what is reported', 980, 20_000, 39_600],
  ])('hide at most one per cent of loss: %s', (_, packetsForwarded, lossPpm, accepted) => {
    const publisherSide = { packetsIn: 1000, packetsForwarded, jitterUs: 0 };
    expect(bound({ lossPpm }, { publisherSide }).accepted.lossPpm).toBe(accepted);
  });

  it('object to more packets forwarded than came in', () => {
    const publisherSide = { packetsIn: 1000, packetsForwarded: 1051, jitterUs: 0 };
    expect(bound({}, { publisherSide }).objections).toEqual([
      { code: 'FORWARDED_MORE_THAN_RECEIVED', reported: 1051n, accepted: 1000n },
    ]);
  });

  it('do not let jitter shrink to less than half of what it was on the way in', () => {
    const publisherSide = { packetsIn: 0, packetsForwarded: 0, jitterUs: 40_000 };
    const { accepted, objections } = bound({ jitterUs: 100 }, { publisherSide });
    expect(accepted.jitterUs).toBe(20_000);
    expect(objections).toEqual([{ code: 'JITTER_BELOW_PUBLISHER_SIDE', reported: 100n, accepted: 20_000n }]);
  });
});
