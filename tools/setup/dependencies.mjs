import { readdirSync } from 'node:fs';
import path from 'node:path';
import { runLogged, step } from './progress.mjs';
import { repositoryRoot } from './repository.mjs';
import { unlessCurrent } from './stamp.mjs';

/**
 * npm packages, from the lock file. `npm ci` is not used: recent npm refuses a lock file that lacks the optional
 * packages of other systems; `--no-save` leaves the lock file as it is.
 */
export function ensureDependencies() {
  const manifests = ['libs', 'apps'].flatMap((group) =>
    readdirSync(path.join(repositoryRoot, group)).map((name) => `${group}/${name}/package.json`),
  );
  return unlessCurrent(
    'npm-install',
    {
      inputs: ['package.json', 'package-lock.json', '.npmrc', 'native/package.json', ...manifests],
      outputs: ['node_modules'],
    },
    () =>
      step('npm packages', () => runLogged('npm-install', 'npm', ['install', '--no-save', '--no-audit', '--no-fund'])),
  );
}
