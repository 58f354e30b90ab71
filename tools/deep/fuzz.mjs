// Every libFuzzer target for a while, from its committed corpus. A crash leaves its input under .chroom/fuzz/crashes.
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { runLogged, SetupError, step } from '../setup/progress.mjs';
import { repositoryRoot } from '../setup/repository.mjs';

const folder = path.join(repositoryRoot, '.chroom', 'fuzz');

/** @param {{seconds: number, compiler: string}} options seconds of each target */
export async function fuzzAll({ seconds, compiler }) {
  await step('fuzzers: build', async () => {
    await runLogged('fuzz-configure', 'cmake', [
      ...['-S', 'native', '-B', folder, '-G', 'Ninja', '-DCHROOM_FUZZ=ON', `-DCMAKE_CXX_COMPILER=${compiler}`],
    ]);
    await runLogged('fuzz-build', 'ninja', ['-C', folder]);
  });
  const targets = readdirSync(folder).filter((entry) => entry.endsWith('_fuzz'));
  if (targets.length === 0) throw new SetupError('no fuzz target was built');
  const waiting = targets.sort();
  // As many side by side as there are cores: a fuzzer is one thread.
  const fuzzInTurn = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      await fuzz(target, seconds);
      process.stderr.write(`  fuzzed ${target} for ${seconds} s\n`);
    }
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, fuzzInTurn));
}

async function fuzz(target, seconds) {
  const crashes = path.join(folder, 'crashes');
  const found = path.join(folder, 'found', target);
  for (const needed of [crashes, found]) mkdirSync(needed, { recursive: true });
  const committed = path.join(repositoryRoot, 'native/fuzz-corpus', target);
  if (!existsSync(committed)) throw new SetupError(`${target} has no corpus in native/fuzz-corpus`);
  const args = [
    found,
    committed,
    `-max_total_time=${seconds}`,
    '-timeout=10',
    '-rss_limit_mb=2048',
    `-artifact_prefix=${crashes}/${target}-`,
    '-print_final_stats=1',
  ];
  try {
    await promisify(execFile)(path.join(folder, target), args, { maxBuffer: 64 << 20 });
  } catch (error) {
    throw new SetupError(
      `${target} failed; its input is in ${path.relative(repositoryRoot, crashes)}:\n${error.stderr?.slice(-3000)}`,
    );
  }
}
