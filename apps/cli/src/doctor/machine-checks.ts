import { createRequire } from 'node:module';
import { type CheckResult, check } from './check.js';

const kOldestNode = [20, 19, 0] as const;

interface SystemPackages {
  readonly runPackages: readonly string[];
  readonly isInstalled: (name: string) => boolean;
}

/** What every part needs of the machine. */
export function machineChecks(): Promise<CheckResult[]> {
  return Promise.all([
    check('node version', () => checkNodeVersion(process.versions.node)),
    check('system packages', checkSystemPackages),
    check('native engine', checkAddon),
  ]);
}

export function checkNodeVersion(found: string): string {
  const parts = found.split('.').map(Number);
  for (const [index, wanted] of kOldestNode.entries()) {
    const part = parts[index] ?? 0;
    if (part > wanted) break;
    if (part < wanted)
      throw new Error(`expected Node ${kOldestNode.join('.')} or later, got ${found}; install Node 22`);
  }
  return found;
}

/** The list is the one that `npm start` installs from. */
async function checkSystemPackages(): Promise<string> {
  const file = new URL('../../../../tools/setup/system-packages.mjs', import.meta.url);
  const { runPackages, isInstalled } = (await import(file.href)) as SystemPackages;
  const missing = runPackages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return `${runPackages.length} installed`;
  throw new Error(
    `missing: ${missing.join(' ')}; run: sudo apt-get install --no-install-recommends -y ${missing.join(' ')}`,
  );
}

function checkAddon(): string {
  createRequire(import.meta.url)('@chroom/native');
  return 'loads';
}
