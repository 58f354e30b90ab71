// Every libFuzzer target for a while, from its committed corpus. A crash leaves its input under .chroom/fuzz/crashes.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
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
  for (const target of targets.sort()) await step(`fuzz ${target} for ${seconds} s`, async () => fuzz(target, seconds));
}

function fuzz(target, seconds) {
  const crashes = path.join(folder, 'crashes');
  const found = path.join(folder, 'found', target);
  for (const needed of [crashes, found]) mkdirSync(needed, { recursive: true });
  const committed = path.join(repositoryRoot, 'native/fuzz-corpus', target);
  const run = spawnSync(
    path.join(folder, target),
    [
      ...[found, ...(existsSync(committed) ? [committed] : [])],
      ...[
        `-max_total_time=${seconds}`,
        '-timeout=10',
        '-rss_limit_mb=2048',
        `-artifact_prefix=${crashes}/${target}-`,
        '-print_final_stats=1',
      ],
    ],
    { encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  if (run.status !== 0) {
    throw new SetupError(
      `${target} failed; its input is in ${path.relative(repositoryRoot, crashes)}:\n${run.stderr.slice(-3000)}`,
    );
  }
}
