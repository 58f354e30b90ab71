// The yardstick: what bare loops reach on this machine. Our own program prints JSON; CHROOM_LIMIT may name another one,
// which prints the same JSON or a table with the columns path, N, F, median, lowest.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SetupError } from '../../tools/setup/progress.mjs';
import { pinned } from './pinned.mjs';
import { medianOfRow, parseYardstick } from './yardstick-rows.mjs';

const timeLimitMs = 300_000;
/** A run whose yardsticks before and after differ by more than this says too little. */
export const steadyShare = 0.05;

/** Runs it pinned to one core. @returns {Promise<import('./yardstick-rows.mjs').Row[]>} */
export async function runYardstick(program, { cpu, trials }) {
  const chosen = process.env.CHROOM_LIMIT || program;
  const env = { ...process.env, CHROOM_LIMIT_CPU: String(cpu), CHROOM_LIMIT_TRIALS: String(trials) };
  let output;
  try {
    output = await promisify(execFile)(...pinned(cpu, chosen), { env, timeout: timeLimitMs });
  } catch (error) {
    throw new SetupError(`YARDSTICK_FAILED: ${chosen} ended with: ${error.message}`);
  }
  const rows = parseYardstick(output.stdout);
  if (rows.length === 0)
    throw new SetupError(`YARDSTICK_FAILED: expected JSON or a table from ${chosen}, received neither`);
  return rows;
}

/** Measures between two yardsticks, again while they differ too much. The steadiest try is returned. */
export async function measureBesideYardstick(program, { cpu, trials, rows, tries, say }, measure) {
  let best;
  for (let attempt = 1; attempt <= tries; attempt++) {
    say(`yardstick before (try ${attempt} of ${tries})`);
    const before = await runYardstick(program, { cpu, trials });
    const measured = await measure();
    say('yardstick after');
    const after = await runYardstick(program, { cpu, trials });
    const drift = Math.max(...rows.map((row) => driftOf(medianOfRow(before, row), medianOfRow(after, row))));
    say(`yardsticks differ by ${(drift * 100).toFixed(1)} %`);
    if (!best || drift < best.drift) best = { measured, before, after, drift };
    if (drift <= steadyShare) break;
  }
  return { ...best, steady: best.drift <= steadyShare };
}

function driftOf(before, after) {
  return Math.abs(before - after) / Math.min(before, after);
}
