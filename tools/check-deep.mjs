// `npm run check:deep`: what takes too long for every commit. CHROOM_FUZZ_SECONDS (60) is the time of each fuzz target,
// CHROOM_SOAK_SECONDS (600) that of the soak.
import { spawnSync } from 'node:child_process';
import { fuzzAll } from './deep/fuzz.mjs';
import { soak } from './deep/soak.mjs';
import { prepare } from './setup/prepare.mjs';
import { runMain, SetupError } from './setup/progress.mjs';
import { deepPackages, deepPackagesFallback, ensureSystemPackages, isAvailable } from './setup/system-packages.mjs';
import { runNativeTestsUnder } from './testing/native.mjs';

await runMain(async () => {
  const fuzzSeconds = secondsSetting('CHROOM_FUZZ_SECONDS', 60);
  const soakSeconds = secondsSetting('CHROOM_SOAK_SECONDS', 600);
  await prepare({ forTests: true });
  await ensureSystemPackages(isAvailable(deepPackages[0]) ? deepPackages : deepPackagesFallback);
  const compiler = ['clang++-19', 'clang++'].find((name) => spawnSync(name, ['--version']).status === 0);
  if (!compiler) throw new SetupError('clang++ is needed for sanitizers and fuzzing and was not found');
  refuseFailures(await runNativeTestsUnder({ sanitizers: 'address;undefined', compiler }));
  refuseFailures(await runNativeTestsUnder({ sanitizers: 'thread', compiler }));
  await fuzzAll({ seconds: fuzzSeconds, compiler });
  await soak({ seconds: soakSeconds });
  process.stdout.write('deep checks passed\n');
});

function secondsSetting(name, otherwise) {
  const seconds = Number(process.env[name] ?? otherwise);
  if (seconds > 0) return seconds;
  throw new SetupError(`SETTING_INVALID: ${name} expects seconds, received "${process.env[name]}"`);
}

function refuseFailures(result) {
  process.stdout.write(`  ${result.passed} passed, ${result.failed} failed, ${result.skipped.length} skipped\n`);
  if (result.failed > 0) throw new SetupError(result.failures.join('\n'));
}
