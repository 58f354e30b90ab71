import { isPaidSecond, untilPaidMs } from './paid-seconds.mjs';

const seconds = Array.from({ length: 16_384 }, (_, index) => 1_795_980_000 + index);

describe('isPaidSecond', () => {
  it('takes one of every even second and the next', () => {
    for (const second of seconds.filter((each) => each % 2 === 0)) {
      expect(isPaidSecond(second)).not.toBe(isPaidSecond(second + 1));
    }
  });

  it.each([2, 3, 4, 5, 10, 30, 60])('lets what recurs every %d s fall on both', (period) => {
    for (let phase = 0; phase < period; phase++) {
      const met = seconds.filter((second) => second % period === phase);
      const paid = met.filter(isPaidSecond).length;
      expect(paid / met.length).toBeGreaterThan(0.4);
      expect(paid / met.length).toBeLessThan(0.6);
    }
  });
});

describe('untilPaidMs', () => {
  it('ends in a paid second at the same part of it, at most two later', () => {
    for (const second of seconds) {
      const nowMs = second * 1000 + 250;
      const waitMs = untilPaidMs(nowMs);
      expect(waitMs === 0).toBe(isPaidSecond(second));
      expect([0, 1000, 2000]).toContain(waitMs);
      expect(isPaidSecond(Math.floor((nowMs + waitMs) / 1000))).toBe(true);
    }
  });
});
