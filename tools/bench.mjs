// `npm run bench -- SCENARIO [--json FILE] [--quick] [--full]` and `npm run bench -- --list`: measures, prints, writes JSON. The
// figures are compared with nothing here; what is worth keeping goes to benchmarks/results.
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseBenchOptions } from '../benchmarks/scenarios/options.mjs';
import { buildBesideAddon } from './setup/builds.mjs';
import { prepare } from './setup/prepare.mjs';
import { runMain, SetupError, step } from './setup/progress.mjs';

const scenarios = {
  forward: () => import('../benchmarks/scenarios/forward.mjs'),
  latency: () => import('../benchmarks/scenarios/latency.mjs'),
  rooms: () => import('../benchmarks/scenarios/rooms.mjs'),
  memory: () => import('../benchmarks/scenarios/memory.mjs'),
  instructions: () => import('../benchmarks/scenarios/instructions.mjs'),
  'micro/parse': () => import('../benchmarks/scenarios/micro-parse.mjs'),
  'micro/rewrite': () => import('../benchmarks/scenarios/micro-rewrite.mjs'),
  peers: () => import('../benchmarks/scenarios/peers.mjs'),
  'one-big-room': () => import('../benchmarks/scenarios/one-big-room.mjs'),
  'settlement-cost': () => import('../benchmarks/scenarios/settlement-cost.mjs'),
  'micro/srtp': () => import('../benchmarks/scenarios/micro-srtp.mjs'),
};
const say = (text) => process.stderr.write(`  ${text}\n`);

await runMain(async () => {
  const options = parseBenchOptions(process.argv.slice(2), Object.keys(scenarios));
  if (options.list) return list();
  const cpus = chooseCpus();
  await prepare();
  const { run } = await scenarios[options.scenario]();
  const result = await run({ ...options, programs: await buildPrograms(), cpus, say });
  print(result);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(result, null, 2)}\n`);
});

async function list() {
  for (const [name, load] of Object.entries(scenarios)) {
    process.stdout.write(`${name.padEnd(14)} ${(await load()).description}\n`);
  }
}

/** The measured worker has the last core, the generator another one. */
function chooseCpus() {
  const cores = os.availableParallelism();
  if (cores < 2) {
    throw new SetupError(
      `CORES_MISSING: expected at least 2 cores, so that the generator does not disturb what it measures, received ${cores}.`,
    );
  }
  return { engine: cores - 1, generator: cores - 2 };
}

async function buildPrograms() {
  const programs = {
    limit: 'chroom_limit',
    load: 'chroom_load',
    microLibsrtp: 'chroom_micro_libsrtp',
    microParse: 'chroom_micro_parse',
    microRewrite: 'chroom_micro_rewrite',
    microSrtp: 'chroom_micro_srtp',
  };
  const folder = await step('benchmark programs', () =>
    buildBesideAddon('native-tools', 'CHROOM_TOOLS', Object.values(programs)),
  );
  return Object.fromEntries(
    Object.entries(programs).map(([key, name]) => [key, path.join(folder, 'benchmarks', name)]),
  );
}

function print({ scenario, commit, machine, settings, cases, ratios, notes }) {
  const lines = [`\n${scenario} at ${commit} on ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}`];
  lines.push(`  settings: ${JSON.stringify(settings)}\n`);
  for (const { name, unit, n, min, median, max } of cases) {
    lines.push(
      `  ${name.padEnd(72)} ${String(median).padStart(10)} ${unit}${n > 1 ? `  (${min} to ${max}, n=${n})` : ''}`,
    );
  }
  for (const [name, value] of Object.entries(ratios)) lines.push(`  ${name.padEnd(72)} ${String(value).padStart(10)}`);
  for (const note of notes) lines.push(`  note: ${note}`);
  process.stdout.write(`${lines.join('\n')}\n`);
}
