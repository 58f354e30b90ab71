// Lets the separate program check the settlement, as a stranger would: it gets the chain's URL and the JSON.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from '../setup/repository.mjs';

const program = path.join(repositoryRoot, 'tools/verify-settlement.mjs');

/** @returns {Promise<boolean>} */
export function verifies({ rpcUrl, contracts }, { settlement }, onLine) {
  const args = [program, '--rpc', rpcUrl, '--json', '-', '--core', contracts.core];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      for (const line of text.split('\n')) if (line.trim()) onLine(line.trim());
    });
  }
  child.stdin.end(JSON.stringify({ settlement }));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code === 0));
  });
}
