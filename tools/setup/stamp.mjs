// Skips a step whose inputs have not changed since it last succeeded.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './repository.mjs';

const stampFolder = path.join(repositoryRoot, '.chroom', 'stamps');
const ignored = new Set(['node_modules', 'dist', 'build', '.chroom', '.git']);

/**
 * @param {string} name
 * @param {{inputs: string[], outputs: string[], also?: string}} what  paths relative to the repository; `also` is
 *   further text that the result depends on
 * @param {() => Promise<void>} work
 * @returns {Promise<boolean>} whether the work was done
 */
export async function unlessCurrent(name, { inputs, outputs, also = '' }, work) {
  const stampFile = path.join(stampFolder, name);
  const digest = digestOf(inputs, also);
  const current =
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === digest &&
    outputs.every((output) => existsSync(path.join(repositoryRoot, output)));
  if (current) return false;
  await work();
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(stampFile, digest);
  return true;
}

function digestOf(inputs, also) {
  const hash = createHash('sha256').update(process.version).update(also);
  for (const input of inputs) addTo(hash, path.join(repositoryRoot, input));
  return hash.digest('hex');
}

function addTo(hash, file) {
  if (!existsSync(file)) return;
  if (!statSync(file).isDirectory()) {
    hash.update(file.slice(repositoryRoot.length)).update('\0').update(readFileSync(file)).update('\0');
    return;
  }
  for (const entry of readdirSync(file).sort())
    if (!ignored.has(entry) && !entry.endsWith('.tsbuildinfo')) addTo(hash, path.join(file, entry));
}
