// Starts a micro benchmark and reads what it prints.
import { execFileSync } from 'node:child_process';

const timeLimitMs = 120_000;
const trialsOf = { full: 400, quick: 60 };

/** @returns {{trials: number, cases: import('./result.mjs').Case[], [setting: string]: unknown}} what the program printed */
export function runMicro(program, { quick, cpu, say }) {
  const trials = quick ? trialsOf.quick : trialsOf.full;
  const env = { ...process.env, CHROOM_MICRO_TRIALS: String(trials), CHROOM_MICRO_CPU: String(cpu) };
  const printed = JSON.parse(execFileSync(program, { encoding: 'utf8', env, timeout: timeLimitMs }));
  say(`${printed.cases.length} cases, ${trials} trials each, interleaved`);
  return { ...printed, trials };
}

/** @param {import('./result.mjs').Case[]} cases @param {string} start of the one case that is meant */
export function medianOf(cases, start) {
  const found = cases.find(({ name }) => name.startsWith(start));
  if (!found) throw new Error(`the program printed no case "${start}"`);
  return found.median;
}
