import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { folderOf } from './data-folder.mjs';

/**
 * The file with the keys of one member, begun with its first one. Whoever changes the member's signer on the chain appends
 * the new key before; the running member finds it there.
 * @param {string} name  of the member's process
 */
export function signerKeyFile(dataDir, name, firstKey) {
  const file = path.join(folderOf(dataDir, name), 'signer-keys');
  if (!existsSync(file)) writeFileSync(file, `${firstKey}\n`, { mode: 0o600 });
  return file;
}
