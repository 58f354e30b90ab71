// Debian and Ubuntu packages that Chroom builds and runs with. As root (or with sudo that asks nothing) missing ones
// are installed; otherwise the exact command is printed.
import { execFileSync, spawnSync } from 'node:child_process';
import { runLogged, SetupError, step } from './progress.mjs';

export const runPackages = [
  'g++',
  'cmake',
  'make',
  'ninja-build',
  'pkg-config',
  'libssl-dev',
  'redis-tools',
  'ca-certificates',
  'util-linux',
];
/** For `npm test` and `npm run demo`. node-gyp, the second builder of the addon, is configured by Python. */
export const testPackages = ['libgtest-dev', 'libgmock-dev', 'libsrtp2-dev', 'libusrsctp-dev', 'libnss3', 'python3'];
/** Installed where the distribution has them; tests that need one are listed as skipped elsewhere. */
export const optionalTestPackages = ['firefox-esr', 'valgrind'];
/** For `npm run check:deep`. */
export const deepPackages = ['clang-19', 'libclang-rt-19-dev'];
export const deepPackagesFallback = ['clang', 'libclang-rt-dev'];

export async function ensureSystemPackages(names, optional = []) {
  if (!hasCommand('dpkg-query')) {
    throw new SetupError(
      `This is neither Debian nor Ubuntu (dpkg-query is missing). Install what these packages hold and set CHROOM_SKIP_PACKAGES=1: ${names.join(' ')}`,
    );
  }
  const missing = names.filter((name) => !isInstalled(name));
  const wished = optional.filter((name) => !isInstalled(name));
  if (missing.length + wished.length === 0) return;
  const prefix = installPrefix();
  if (!prefix) {
    if (missing.length === 0) return;
    throw new SetupError(
      `These system packages are missing: ${missing.join(' ')}\nInstall them and start again:\n  sudo apt-get update && sudo apt-get install --no-install-recommends -y ${missing.join(' ')}`,
    );
  }
  const [command, ...rest] = [...prefix, 'apt-get'];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await step('package lists', () => runLogged('apt-update', command, [...rest, 'update'], { env }));
  const available = wished.filter(isAvailable);
  const wanted = [...missing, ...available];
  if (wanted.length === 0) return;
  await step(`system packages: ${wanted.join(' ')}`, () =>
    runLogged('apt-install', command, [...rest, 'install', '--no-install-recommends', '-y', ...wanted], { env }),
  );
}

export function isInstalled(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a format of dpkg-query, not of JavaScript
  const answer = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' });
  return answer.status === 0 && answer.stdout.trim() === 'installed';
}

export function isAvailable(name) {
  const policy = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
  return policy.status === 0 && /Candidate: (?!\(none\))/.test(policy.stdout);
}

function installPrefix() {
  if (process.getuid?.() === 0) return [];
  return hasCommand('sudo') && spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

function hasCommand(name) {
  try {
    execFileSync('which', [name], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
