// How many times the packets of a peer Chroom sends for the same processor time, repetition by repetition.
import { median, round, summarise } from './result.mjs';
import { areSteady, steadyShare } from './yardstick.mjs';

/**
 * One ratio of each interleaved repetition, since both were measured within the same minute; a quotient of two medians
 * would compare minutes that lie apart.
 *
 * @param {string} name @param {{nsPerPacket: number}[]} ours @param {{nsPerPacket: number}[]} theirs by repetition
 */
export function compareByRepetition(name, ours, theirs) {
  if (ours.length !== theirs.length)
    throw new Error(`expected as many repetitions of both for "${name}", received ${ours.length} and ${theirs.length}`);
  const ratios = theirs.map(({ nsPerPacket }, repetition) => nsPerPacket / ours[repetition].nsPerPacket);
  const spread = summarise(`repetitions of ${name}`, '1', ratios);
  // A single repetition says nothing of its spread.
  const steady = ratios.length > 1 && areSteady(ratios);
  return { name, ratio: round(median(ratios)), spread, steady };
}

/** In words, for the notes of a result. @param {ReturnType<typeof compareByRepetition>} comparison */
export function describeUnsteadyRatio({ name, spread }) {
  return `UNSTABLE: ${name}: ${spread.n} repetitions, ratios from ${spread.min} to ${spread.max}; steady are at least two that differ by at most ${steadyShare * 100} %`;
}
