import { describe, expect, it } from '@jest/globals';
import { brokenBars } from './verdict.mjs';

const good = {
  ...{ joinMs: 900, reloadMs: 1200, fps: [29.9, 24], freezes: 0, audible: [true, true] },
  ...{ settledAfterMs: 90_000, verified: true },
};

describe('the verdict of the demo', () => {
  it('accepts a call that holds every bar', () => {
    expect(brokenBars(good)).toEqual([]);
  });

  it.each([
    ['joinMs', { joinMs: 3001 }],
    ['reloadMs', { reloadMs: 3001 }],
    ['fps', { fps: [30, 23.9] }],
    ['freezes', { freezes: 1 }],
    ['audio', { audible: [true, false] }],
    ['settledAfterMs', { settledAfterMs: 120_001 }],
    ['verified', { verified: false }],
    ['joinMs', { joinMs: Number.NaN }],
    ['fps', { fps: [30, Number.NaN] }],
  ])('names %s when it is broken or was not measured', (name, change) => {
    expect(brokenBars({ ...good, ...change })).toEqual([expect.stringMatching(new RegExp(`^${name}: `))]);
  });
});
