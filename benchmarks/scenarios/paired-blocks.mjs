// Compares two kinds of work by what single pieces of it took, measured in blocks that take turns on one machine.

/** So many that the ends of their middle 95 % are stable to a tenth of the interval. */
const resamplings = 1000;

/** The mean of the middle half: what one slow moment of the machine did to a few values does not count. */
export function middleMean(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = Math.floor(sorted.length / 4);
  const middle = sorted.slice(cut, sorted.length - cut);
  return middle.reduce((sum, value) => sum + value, 0) / middle.length;
}

/**
 * @param {{first: number[], second: number[]}[]} pairs of blocks, each with its values
 * @param {() => number} random 0 <= x < 1
 * @returns {{ratio: number, low: number, high: number}} the middle mean of first over that of second, and between what it lies
 *   in 95 % of the resamplings of the pairs
 */
export function compareBlocks(pairs, random = Math.random) {
  const ratios = Array.from({ length: resamplings }, () =>
    ratioOf(pairs.map(() => pairs[Math.floor(random() * pairs.length)])),
  ).sort((a, b) => a - b);
  const at = (share) => ratios[Math.floor(share * (ratios.length - 1))];
  return { ratio: ratioOf(pairs), low: at(0.025), high: at(0.975) };
}

/** @param {{first: number[], second: number[]}[]} pairs */
export function ratioOf(pairs) {
  return middleMean(pairs.flatMap(({ first }) => first)) / middleMean(pairs.flatMap(({ second }) => second));
}
