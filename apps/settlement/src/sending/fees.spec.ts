import { describe, expect, it } from '@jest/globals';
import { bumpedFees, firstFees, isBump } from './fees.js';

const most = 10n ** 12n;

describe('fees', () => {
  it('leave room for the base fee to double', () => {
    expect(firstFees(100n, 10n, most)).toEqual({ maxFee: 210n, tip: 10n });
    expect(firstFees(100n, 0n, most)).toEqual({ maxFee: 201n, tip: 1n });
    expect(firstFees(100n, 10n, 150n)).toEqual({ maxFee: 150n, tip: 10n });
  });

  it.each([1n, 7n, 8n, 9n, 1_000_000_007n])('of %d are bumped by at least an eighth, both of them', (fee) => {
    const former = { maxFee: fee, tip: fee };
    const bumped = bumpedFees(former, 0n, 0n, most)!;
    expect(isBump(former, bumped)).toBe(true);
    expect(isBump(former, { ...bumped, tip: bumped.tip - 1n })).toBe(false);
  });

  it('follow the market when it rose further', () => {
    expect(bumpedFees({ maxFee: 100n, tip: 10n }, 1_000n, 50n, most)).toEqual({ maxFee: 2_050n, tip: 50n });
  });

  it('are not bumped above the bound', () => {
    expect(bumpedFees({ maxFee: 100n, tip: 10n }, 1n, 1n, 112n)).toBeUndefined();
    expect(bumpedFees({ maxFee: 100n, tip: 8n }, 1n, 1n, 113n)).toEqual({ maxFee: 113n, tip: 9n });
  });
});
