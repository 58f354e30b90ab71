// Runs Jest on some folders and reads its report.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../setup/repository.mjs';
import { addSkip, emptyResult } from './result.mjs';

/** A test that cannot run here carries its reason in its title: `... [needs firefox-esr]` (test/needs.ts). */
const reasonInTitle = /\[needs ([^\]]+)\]/;

/** @param {string} name @param {string[]} folders @param {{workers?: number}} [options] */
export async function runJest(name, folders, { workers = 2 } = {}) {
  const reports = path.join(repositoryRoot, '.chroom', 'reports');
  mkdirSync(reports, { recursive: true });
  const report = path.join(reports, `${name}.json`);
  rmSync(report, { force: true });
  const args = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  args.push('--json', `--outputFile=${report}`, `--maxWorkers=${workers}`, '--passWithNoTests=false', ...folders);
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: repositoryRoot, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('exit', resolve);
  });
  const result = emptyResult();
  if (!existsSync(report)) {
    result.failed++;
    result.failures.push(`Jest (${name}) ended with code ${code} and no report`);
    return result;
  }
  for (const file of JSON.parse(readFileSync(report, 'utf8')).testResults) {
    const where = path.relative(repositoryRoot, file.name);
    if (file.status === 'failed' && file.assertionResults.length === 0) {
      result.failed++;
      result.failures.push(`${where}: ${file.message.slice(0, 2000)}`);
    }
    for (const test of file.assertionResults) count(result, `${where}: ${test.fullName}`, test);
  }
  if (code !== 0 && result.failed === 0) {
    result.failed++;
    result.failures.push(`Jest (${name}) ended with code ${code} though every test passed`);
  }
  return result;
}

function count(result, name, test) {
  if (test.status === 'passed') result.passed++;
  else if (test.status === 'failed') {
    result.failed++;
    result.failures.push(`${name}\n${test.failureMessages.join('\n').slice(0, 2000)}`);
  } else addSkip(result, name, reasonInTitle.exec(name)?.[1] ?? '');
}
