import { compareBlocks, middleMean } from './paired-blocks.mjs';

/** Numbers of Lehmer's generator: the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** As joins are: some 30 ms, a few of them far slower, in blocks that are slower together. */
function blockOf(random: () => number, count: number, slowness: number, factor: number): number[] {
  return Array.from({ length: count }, () => {
    const value = 25 + 10 * random();
    return slowness * factor * (random() < 0.02 ? 20 * value : value);
  });
}

function pairsOf(seed: number, factor: number) {
  const random = seeded(seed);
  return Array.from({ length: 50 }, () => {
    const slowness = 1 + random();
    return { first: blockOf(random, 40, slowness, factor), second: blockOf(random, 40, slowness, 1) };
  });
}

describe('middleMean', () => {
  it('leaves out the lowest and the highest quarter', () => {
    expect(middleMean([1000, 2, 4, 3, 1, 5, 6, -1000])).toBe(3.5);
    expect(middleMean([7])).toBe(7);
  });
});

describe('compareBlocks', () => {
  it.each([1, 2, 3])('finds two hundredths between blocks whose machine changes its speed (seed %d)', (seed) => {
    const { ratio, low, high } = compareBlocks(pairsOf(seed, 1.02), seeded(99));
    expect(ratio).toBeGreaterThan(1.01);
    expect(ratio).toBeLessThan(1.03);
    expect(low).toBeGreaterThan(1);
    expect(low).toBeLessThan(ratio);
    expect(high).toBeGreaterThan(ratio);
  });

  it.each([4, 5, 6])('finds nothing where nothing is (seed %d)', (seed) => {
    const { ratio, low, high } = compareBlocks(pairsOf(seed, 1), seeded(99));
    expect(Math.abs(ratio - 1)).toBeLessThan(0.01);
    expect(low).toBeLessThan(1);
    expect(high).toBeGreaterThan(1);
    expect(high - low).toBeLessThan(0.03);
  });
});
