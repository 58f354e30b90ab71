import { create } from '@bufbuild/protobuf';
import { control } from '@chroom/protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { UnsignedService } from './unsigned-service.js';

const orchId = 2n;
const GiB = 1n << 30n;
const ownerOf = (room: string) => (room === 'RM_1' ? orchId : 9n);

describe('service without receipts', () => {
  let nowMs: number;
  let unsigned: UnsignedService;
  beforeEach(() => {
    nowMs = 5_000;
    // One unit a GiB: values are GiB.
    unsigned = new UnsignedService({ maxMs: 300_000, maxValue: 3n, expectedPricePerGiB: 1n }, () => nowMs);
  });
  const serve = (session: string, totalBytes: bigint, room = 'RM_1') => {
    const value = create(control.SessionStatisticsSchema, { session, txBytes: totalBytes });
    unsigned.take([create(control.EventSchema, { room, session, kind: { case: 'statistics', value } })], ownerOf);
  };
  const leafWithPrice = (price: number) => {
    const leaf = Buffer.alloc(358);
    leaf.writeUInt32BE(price, 102);
    return leaf;
  };
  const refused = expect.objectContaining({ code: 'RECEIPTS_MISSING' });

  it('is given for five minutes, whatever it is worth', () => {
    serve('PA_1', 100n * GiB);
    nowMs += 299_999;
    unsigned.requireSigned(orchId);
    nowMs += 1;
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it('is given below the value, however long it takes', () => {
    serve('PA_1', 3n * GiB - 1n);
    nowMs += 3_600_000;
    unsigned.requireSigned(orchId);
    serve('PA_1', 3n * GiB);
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it('ends with a receipt, and what was served before counts no more', () => {
    serve('PA_1', 100n * GiB);
    nowMs += 400_000;
    unsigned.signed(orchId, [leafWithPrice(1)]);
    unsigned.requireSigned(orchId);
    serve('PA_1', 102n * GiB);
    nowMs += 400_000;
    unsigned.requireSigned(orchId);
  });

  it('is worth what the receipts of the orchestrator say', () => {
    unsigned.signed(orchId, [leafWithPrice(1), leafWithPrice(1000)]);
    serve('PA_1', GiB / 100n);
    nowMs += 300_000;
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it.each([0, 1])('is worth the expected price when a receipt names %d', (price) => {
    unsigned = new UnsignedService({ maxMs: 300_000, maxValue: 30n, expectedPricePerGiB: 10n }, () => nowMs);
    unsigned.signed(orchId, [leafWithPrice(price)]);
    serve('PA_1', 3n * GiB);
    nowMs += 300_000;
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it('has more time, and is not forgotten, when settlement could not take a receipt', () => {
    serve('PA_1', 3n * GiB);
    nowMs += 300_000;
    unsigned.untaken(orchId, [leafWithPrice(1)]);
    nowMs += 299_999;
    unsigned.requireSigned(orchId);
    nowMs += 1;
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
    unsigned.untaken(orchId, []);
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it('of one orchestrator is not held against another, nor are deliveries without a receipt for it', () => {
    serve('PA_1', 100n * GiB);
    nowMs += 300_000;
    unsigned.requireSigned(9n);
    unsigned.signed(9n, [leafWithPrice(1)]);
    unsigned.signed(orchId, []);
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });

  it('adds up over sessions, and counts the bytes of each once', () => {
    for (const total of [1n, 2n, 2n]) serve('PA_1', total * GiB);
    serve('PA_2', GiB - 1n);
    nowMs += 300_000;
    unsigned.requireSigned(orchId);
    serve('PA_2', GiB);
    expect(() => unsigned.requireSigned(orchId)).toThrow(refused);
  });
});
