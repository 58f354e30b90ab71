// The contracts: forge's unit, fuzz and invariant tests. Gas is measured by receipts in libs/chain/src/gas; the storage
// layout is compared in libs/chain/src/storage.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { foundryBinary } from '../contracts/foundry.mjs';
import { repositoryRoot } from '../setup/repository.mjs';
import { addSkip, emptyResult } from './result.mjs';

const testTimeoutMs = 600_000;
const keptErrorCharacters = 4000;

export async function runContractTests() {
  const result = emptyResult();
  const run = await runForge(['test', '--json']);
  const report = parseReport(run.stdout);
  if (!report) {
    result.failed++;
    result.failures.push(
      `forge ended without a report (${run.signal ?? run.code}):\n${(run.stdout + run.stderr).slice(-keptErrorCharacters)}`,
    );
    return result;
  }
  for (const [suite, { test_results: tests }] of Object.entries(report)) {
    for (const [name, test] of Object.entries(tests)) count(result, `${suite} ${name}`, test);
  }
  if (run.code !== 0 && result.failed === 0) {
    result.failed++;
    result.failures.push(`forge ended with ${run.signal ?? run.code} though every test passed:\n${run.stderr}`);
  }
  return result;
}

function runForge(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(foundryBinary('forge'), args, {
      cwd: path.join(repositoryRoot, 'contracts'),
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: testTimeoutMs,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** forge may write warnings before the JSON. */
function parseReport(stdout) {
  for (const line of stdout.split('\n')) {
    if (!line.startsWith('{')) continue;
    try {
      return JSON.parse(line);
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function count(result, name, test) {
  if (test.status === 'Success') result.passed++;
  else if (test.status === 'Skipped') addSkip(result, name, test.reason ?? '');
  else {
    result.failed++;
    const example = test.counterexample ? `\n${JSON.stringify(test.counterexample)}` : '';
    result.failures.push(`${name}: ${test.reason ?? test.status}${example}`);
  }
}
