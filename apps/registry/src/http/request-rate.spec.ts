import { describe, expect, it } from '@jest/globals';
import { RequestRate } from './request-rate.js';

describe('RequestRate', () => {
  it('lets a burst of two seconds through, then the sustained rate', () => {
    let nowMs = 0;
    const rate = new RequestRate(10, () => nowMs);
    const admitted = () => Array.from({ length: 30 }, () => rate.admit('::1')).filter(Boolean).length;
    expect(admitted()).toBe(20);
    nowMs += 500;
    expect(admitted()).toBe(5);
    nowMs += 60_000;
    expect(admitted()).toBe(20);
  });

  it('counts each address for itself', () => {
    const rate = new RequestRate(1, () => 0);
    expect([rate.admit('a'), rate.admit('a'), rate.admit('a'), rate.admit('b')]).toEqual([true, true, false, true]);
  });

  it('remembers a bounded number of addresses', () => {
    const rate = new RequestRate(1, () => 0);
    rate.admit('first');
    rate.admit('first');
    expect(rate.admit('first')).toBe(false);
    for (let index = 0; index < 10_000; index++) rate.admit(`address ${index}`);
    expect(rate.admit('first')).toBe(true);
  });
});
