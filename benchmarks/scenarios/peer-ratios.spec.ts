import { describe, expect, it } from '@jest/globals';
import { compareByRepetition, describeUnsteadyRatio } from './peer-ratios.mjs';

const trials = (...costs: number[]) => costs.map((nsPerPacket) => ({ nsPerPacket }));

describe('the ratio to a peer', () => {
  it('is the median of the ratios within each repetition, not the ratio of the medians', () => {
    // The machine was slow in the second repetition, for both: the medians would say 6000 / 2000 = 3.
    const compared = compareByRepetition('over', trials(1000, 4000, 2000), trials(6000, 20_000, 5000));
    expect(compared.ratio).toBe(5);
    expect(compared.spread).toMatchObject({ n: 3, min: 2.5, median: 5, max: 6 });
  });

  it('is steady where the repetitions differ by 5 % at most', () => {
    expect(compareByRepetition('over', trials(1000, 2000), trials(5000, 10_500)).steady).toBe(true);
  });

  it('is unstable where they differ by more, and the note has the range', () => {
    const compared = compareByRepetition('over', trials(1000, 2000), trials(5000, 10_600));
    expect(compared.steady).toBe(false);
    expect(describeUnsteadyRatio(compared)).toMatch(/^UNSTABLE: over: 2 repetitions, ratios from 5 to 5\.3;/);
  });

  it('is never steady by a single repetition', () => {
    expect(compareByRepetition('over', trials(1000), trials(5000))).toMatchObject({ ratio: 5, steady: false });
  });

  it('refuses repetitions that are not of both', () => {
    expect(() => compareByRepetition('over', trials(1000, 1000), trials(5000))).toThrow(/received 2 and 1/);
    expect(() => compareByRepetition('over', [], [])).toThrow(/expected values/);
  });
});
