// What seconds with settlement took over what seconds without took.
import { compareBlocks, ratioOf } from './paired-blocks.mjs';
import { round } from './result.mjs';

/** @typedef {{with: number[], without: number[]}} SecondsPair values of two seconds that follow each other */

/** @param {SecondsPair[]} pairs */
export function ratioOfSides(pairs) {
  return ratioOf(sidesOf(pairs));
}

/** @param {SecondsPair[]} pairs */
export function compareSides(pairs) {
  return compareBlocks(sidesOf(pairs));
}

/**
 * The same comparison of what does not differ: seconds without settlement, two that follow each other. Shows what the
 * measurement can tell apart.
 * @param {SecondsPair[]} pairs
 */
export function compareEqual(pairs) {
  return compareBlocks(
    Array.from({ length: pairs.length >> 1 }, (_, index) => {
      const [first, second] = [pairs[2 * index].without, pairs[2 * index + 1].without];
      return index % 2 ? { first, second } : { first: second, second: first };
    }),
  );
}

export function describeComparison({ ratio, low, high }) {
  return `${round(ratio)} (${round(low)} to ${round(high)})`;
}

function sidesOf(pairs) {
  return pairs.map((pair) => ({ first: pair.with, second: pair.without }));
}
