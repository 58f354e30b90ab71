import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * The platform's binary itself. The starter of the npm package would be the one that gets our signals, and it ends with 0
 * whatever the tool ended with: a failed compilation would pass for a build.
 * @param {'anvil' | 'forge'} tool
 */
export function foundryBinary(tool) {
  const require = createRequire(import.meta.url);
  const name = `@foundry-rs/${tool}-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  return path.join(path.dirname(require.resolve(`${name}/package.json`)), 'bin', tool);
}
