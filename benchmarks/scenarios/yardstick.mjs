// The yardstick: what bare loops reach on this machine, run between the trials that are compared with it.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError } from '../../tools/setup/progress.mjs';
import { pinned } from './pinned.mjs';
import { parseYardstick } from './yardstick-rows.mjs';

const timeLimitMs = 60_000;
/** Figures that differ by more than this are no comparison: yardsticks around a trial, or a ratio's repetitions. */
export const steadyShare = 0.05;

/**
 * Measures the named rows, pinned to one core. CHROOM_LIMIT may name another program than our own: it gets the same
 * arguments (names of rows) and variables, and prints the same JSON.
 */
export async function runYardstick(ownProgram, { cpu, trials, rows }) {
  const program = process.env.CHROOM_LIMIT || ownProgram;
  const env = { ...process.env, CHROOM_LIMIT_CPU: String(cpu), CHROOM_LIMIT_TRIALS: String(trials) };
  try {
    const { stdout } = await promisify(execFile)(...pinned(cpu, program, rows), { env, timeout: timeLimitMs });
    return parseYardstick(stdout, rows);
  } catch (error) {
    throw new SetupError(`YARDSTICK_FAILED: ${program} ended with: ${error.message}`);
  }
}

/**
 * Trials between yardsticks, which two neighbours share: Y T Y T Y. Goes on until each ratio has as many steady pairs as
 * wanted, or most trials are made.
 *
 * @param {{rows: Record<string, string>, wanted: number, most: number}} plan rows: ratio name to row name
 * @param {() => Promise<Map<string, number>>} yardstick
 * @param {() => Promise<{nsPerPacket: number}>} trial
 */
export async function measureBetweenYardsticks({ rows, wanted, most }, yardstick, trial) {
  const yardsticks = [await yardstick()];
  const trials = [];
  const ratios = Object.fromEntries(Object.keys(rows).map((name) => [name, []]));
  const isEnough = () => Object.values(ratios).every((values) => values.length >= wanted);
  while (trials.length < most && !isEnough()) {
    const one = await trial();
    trials.push(one);
    yardsticks.push(await yardstick());
    for (const [name, row] of Object.entries(rows)) {
      const [before, after] = yardsticks.slice(-2).map((medians) => medians.get(row));
      if (areSteady([before, after])) ratios[name].push(one.nsPerPacket / ((before + after) / 2));
    }
  }
  return { trials, yardsticks, ratios, steady: isEnough() };
}

/** @param {number[]} values of one thing that should not have changed */
export function areSteady(values) {
  const least = Math.min(...values);
  return (Math.max(...values) - least) / least <= steadyShare;
}
