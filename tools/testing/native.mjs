// The C++ unit tests and the simulation: one GoogleTest program per folder of native/src.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { buildBesideAddon } from '../setup/builds.mjs';
import { runLogged, step } from '../setup/progress.mjs';
import { repositoryRoot } from '../setup/repository.mjs';
import { addSkip, emptyResult } from './result.mjs';

const testTimeoutMs = 300_000;
const sanitizerOptions = {
  ASAN_OPTIONS: 'detect_leaks=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: `suppressions=${path.join(repositoryRoot, 'native', 'thread-sanitizer.supp')}`,
};

/** Benchmark programs are built as well: they use the engine's headers and would rot unseen. */
export async function runNativeTests() {
  const folder = await step('native tests: build', async () => {
    await buildBesideAddon('native-tests', 'CHROOM_TESTS', ['all']);
    return buildBesideAddon('native-tools', 'CHROOM_TOOLS', ['all']);
  });
  return runPrograms(folder);
}

/** @param {{sanitizers: string, compiler: string}} options sanitizers as in -fsanitize, with ";" between them */
export async function runNativeTestsUnder({ sanitizers, compiler }) {
  const name = `native-${sanitizers.replaceAll(';', '-')}`;
  const folder = path.join(repositoryRoot, '.chroom', name);
  await step(`native tests (${sanitizers}): build`, async () => {
    const options = ['-DCHROOM_TESTS=ON', `-DSAN=${sanitizers}`, `-DCMAKE_CXX_COMPILER=${compiler}`];
    await runLogged(`${name}-configure`, 'cmake', ['-S', 'native', '-B', folder, '-G', 'Ninja', ...options]);
    await runLogged(`${name}-build`, 'ninja', ['-C', folder]);
  });
  return runPrograms(folder);
}

async function runPrograms(folder) {
  const result = emptyResult();
  for (const program of readdirSync(folder)
    .filter((entry) => entry.endsWith('_test'))
    .sort()) {
    await step(`  ${program}`, async () => runProgram(folder, program, result));
  }
  return result;
}

function runProgram(folder, program, result) {
  const reports = path.join(folder, 'reports');
  mkdirSync(reports, { recursive: true });
  const report = path.join(reports, `${program}.json`);
  rmSync(report, { force: true });
  const failedBefore = result.failed;
  const run = spawnSync(path.join(folder, program), [`--gtest_output=json:${report}`, '--gtest_brief=1'], {
    encoding: 'utf8',
    timeout: testTimeoutMs,
    maxBuffer: 64 << 20,
    env: { ...process.env, ...sanitizerOptions },
  });
  if (!existsSync(report)) {
    result.failed++;
    result.failures.push(
      `${program} ended without a report (${run.signal ?? run.status}):\n${(run.stdout + run.stderr).slice(-4000)}`,
    );
    return;
  }
  // The report of GoogleTest 1.12 has no reasons of skips; the output has them, in the same order.
  const reasons = [...run.stdout.matchAll(/: Skipped\n(.+)/g)].map(([, reason]) => reason);
  for (const suite of JSON.parse(readFileSync(report, 'utf8')).testsuites) {
    for (const test of suite.testsuite) count(result, `${suite.name}.${test.name}`, test, reasons);
  }
  if (run.status !== 0 && result.failed === failedBefore) {
    result.failed++;
    result.failures.push(`${program} ended with ${run.signal ?? run.status}:\n${run.stderr.slice(-4000)}`);
  }
}

function count(result, name, test, reasons) {
  if (test.failures?.length) {
    result.failed++;
    result.failures.push(`${name}: ${test.failures[0].failure}`);
  } else if (test.result === 'SKIPPED') {
    addSkip(result, name, reasons.shift() ?? '');
  } else {
    result.passed++;
  }
}
