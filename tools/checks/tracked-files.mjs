import { execFileSync } from 'node:child_process';
import { repositoryRoot } from '../setup/repository.mjs';

let all;

/** Files that git tracks or would track, relative to the repository, that match. */
export function trackedFiles(pattern) {
  all ??= execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: repositoryRoot,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
    .split('\n')
    .filter(Boolean);
  return all.filter((file) => pattern.test(file));
}
