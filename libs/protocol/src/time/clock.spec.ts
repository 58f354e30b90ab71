import { describe, expect, it } from '@jest/globals';
import { backoffMs } from './clock.js';

describe('backoffMs', () => {
  const rule = { firstMs: 250, longestMs: 10_000 };
  it('doubles up to its bound, with the upper half at random', () => {
    expect([0, 1, 2, 5, 6, 1000].map((attempt) => backoffMs(rule, attempt, () => 1))).toEqual([
      250, 500, 1000, 8000, 10_000, 10_000,
    ]);
    expect(backoffMs(rule, 0, () => 0)).toBe(125);
  });
});
