import { describe, expect, it } from '@jest/globals';
import { countSlots, epochAt, epochEndSec, epochStartSec, slotsTouched } from './epoch-clock.js';

const clock = { startSec: 1_000_000, slotSec: 60 };

describe('the epoch clock', () => {
  it.each([
    [0, 0],
    [1_000_000, 0],
    [1_003_839, 0],
    [1_003_840, 1],
    [1_007_680, 2],
  ])('puts second %d into epoch %d', (timeSec, epoch) => {
    expect(epochAt(clock, timeSec)).toBe(epoch);
  });

  it('ends an epoch where the next begins', () => {
    expect([epochStartSec(clock, 1), epochEndSec(clock, 0)]).toEqual([1_003_840, 1_003_840]);
  });

  it.each([
    ['one second of slot 0', 0, 1, 0b1n],
    ['a slot exactly', 60, 120, 0b10n],
    ['the seam of two slots', 59.5, 60.5, 0b11n],
    ['nothing', 60, 60, 0n],
    ['the last slot', 3_839, 3_840, 1n << 63n],
    ['more than the epoch', -100, 10_000, (1n << 64n) - 1n],
    ['a time before it', -100, 0, 0n],
    ['a time after it', 3_840, 9_000, 0n],
  ])('marks the slots of %s', (_, from, to, slots) => {
    expect(slotsTouched(clock, 0, clock.startSec + from, clock.startSec + to)).toBe(slots);
  });

  it('counts slots', () => {
    expect([0n, 1n, 0b1011n, (1n << 64n) - 1n].map(countSlots)).toEqual([0, 1, 3, 64]);
  });
});
