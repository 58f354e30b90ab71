// The form of every benchmark result: what was measured, on what, and the ratios that bars are set for.
import { execFileSync } from 'node:child_process';
import os from 'node:os';
import { repositoryRoot } from '../../tools/setup/repository.mjs';

/**
 * @typedef {{name: string, unit: string, n: number, min: number, median: number, max: number}} Case
 * @typedef {{scenario: string, commit: string, machine: {cpu: string, cores: number, kernel: string},
 *   settings: Record<string, unknown>, cases: Case[], ratios: Record<string, number>, notes: string[]}} Result
 */

/** @returns {Case} */
export function summarise(name, unit, values) {
  if (values.length === 0) throw new Error(`expected values for "${name}", received none`);
  const sorted = [...values].sort((a, b) => a - b);
  return {
    name,
    unit,
    n: sorted.length,
    min: round(sorted[0]),
    median: round(median(sorted)),
    max: round(sorted.at(-1)),
  };
}

/** @param {number[]} values at least one */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Four significant digits, or whole numbers: more would pretend a precision that is not there. */
export function round(value) {
  return Math.abs(value) >= 10_000 ? Math.round(value) : Number(value.toPrecision(4));
}

/** @returns {Result} */
export function makeResult(scenario, { settings, cases, ratios, notes }) {
  const result = { scenario, commit: commit(), machine: machine(), settings, cases, ratios, notes };
  const fault = findFault(result);
  if (fault) throw new Error(`the result of ${scenario} is not well-formed: ${fault}`);
  return result;
}

/** What is wrong with a result, in words; undefined when nothing is. */
export function findFault(result) {
  const texts = ['scenario', 'commit'].find((field) => typeof result[field] !== 'string' || result[field] === '');
  if (texts) return `${texts}: expected a text`;
  const { cpu, cores, kernel } = result.machine ?? {};
  if (typeof cpu !== 'string' || typeof kernel !== 'string' || !(cores >= 1))
    return 'machine: expected cpu, cores and kernel';
  if (!Array.isArray(result.cases) || result.cases.length === 0) return 'cases: expected at least one';
  for (const { name, unit, n, min, median, max } of result.cases) {
    if (typeof name !== 'string' || typeof unit !== 'string') return 'cases: expected name and unit';
    if (!(n >= 1) || !(min <= median && median <= max))
      return `cases: "${name}" has no n >= 1 and min <= median <= max`;
  }
  const ratio = Object.entries(result.ratios ?? {}).find(([, value]) => !Number.isFinite(value));
  if (ratio) return `ratios: "${ratio[0]}" is not a number`;
  if (!Array.isArray(result.notes) || typeof result.settings !== 'object') return 'settings and notes are expected';
  return undefined;
}

function machine() {
  const cpus = os.cpus();
  return { cpu: cpus[0]?.model.trim() ?? 'unknown', cores: cpus.length, kernel: os.release() };
}

/** The commit, with "+" behind it when files of the engine or the benchmarks were changed since. */
function commit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim();
    const changed = git(
      'status',
      '--porcelain',
      '--',
      'native',
      'libs/engine',
      'benchmarks/native',
      'benchmarks/scenarios',
    );
    return git('rev-parse', '--short=12', 'HEAD') + (changed ? '+' : '');
  } catch {
    return 'unknown';
  }
}
