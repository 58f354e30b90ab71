// The instruction gate: what a forwarded packet costs now, against benchmarks/results/instructions.json.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { judge } from '../../benchmarks/scenarios/instruction-gate.mjs';
import { ciphers, countInstructions, whatIsMissing } from '../../benchmarks/scenarios/instructions.mjs';
import { repositoryRoot } from '../setup/repository.mjs';
import { addSkip, emptyResult } from './result.mjs';

const committedFile = path.join(repositoryRoot, 'benchmarks', 'results', 'instructions.json');
const nameOf = (cipher) => `instructions per forwarded packet: ${ciphers[cipher]}`;

export async function runInstructionGate() {
  const result = emptyResult();
  const missing = whatIsMissing();
  if (missing) {
    for (const cipher of Object.keys(ciphers)) addSkip(result, nameOf(cipher), missing);
    return result;
  }
  const committed = JSON.parse(readFileSync(committedFile, 'utf8'));
  for (const counted of await countInstructions()) {
    const { verdict, text } = judge(committed, counted);
    process.stderr.write(`  ${text}\n`);
    if (verdict === 'passed') result.passed++;
    else if (verdict === 'skipped') addSkip(result, nameOf(counted.cipher), text);
    else {
      result.failed++;
      result.failures.push(text);
    }
  }
  return result;
}
