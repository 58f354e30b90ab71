import { parseArgs } from 'node:util';
import type { Command } from '../command.js';
import type { CheckResult } from './check.js';
import { machineChecks } from './machine-checks.js';
import { serviceChecks } from './service-checks.js';

const kMarks = { ok: '+', failed: '!', skipped: '-' } as const;

/** Checks the machine and what the settings name. Exit code 1 when something failed. */
export const doctor: Command = async (args, { environment, print }) => {
  const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } });
  const results = [...(await machineChecks()), ...(await serviceChecks(environment))];
  const failed = results.filter((result) => result.state === 'failed').length;
  if (values.json) print(JSON.stringify({ ok: failed === 0, checks: results }));
  else for (const line of lines(results)) print(line);
  return failed === 0 ? 0 : 1;
};

function* lines(results: readonly CheckResult[]): Generator<string> {
  const width = Math.max(...results.map((result) => result.name.length));
  for (const { name, state, detail } of results) yield `${kMarks[state]} ${name.padEnd(width)}  ${detail}`;
  const failed = results.filter((result) => result.state === 'failed').length;
  yield failed === 0 ? 'Everything that was checked is well.' : `${failed} failed.`;
}
