// PostgreSQL refuses to run as root. In a user namespace root can be nobody without changing who owns the files; where
// namespaces are refused (containers without that right), it runs as uid 65534 on copies that this user can reach.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const nobody = 65_534;
const namespaceArgs = ['--user', `--map-user=${nobody}`, `--map-group=${nobody}`];
const dropArgs = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
const usualHome = '/var/lib/chroom';

/**
 * Where and as whom a server may run.
 * @param {object} options
 * @param {string} options.programs  folder of the server's programs
 * @param {string} options.version  of the programs, for the name of a copy
 * @param {string} options.dataDir  where the data should lie
 * @param {string} [options.home]  of copies and data that uid 65534 can reach; its parents must be open to others
 * @param {boolean} [options.isRoot]
 * @returns {{programs: string, dataDir: string, as: (command: string, args: string[]) => [string, string[]],
 *   own: (file: string) => void, remove: () => void}}  `remove` deletes data that lies outside of `dataDir`
 */
export function ordinaryUser({ programs, version, dataDir, home = usualHome, isRoot = process.getuid?.() === 0 }) {
  const here = { programs, dataDir, own: () => {}, remove: () => {} };
  if (!isRoot) return { ...here, as: (command, args) => [command, args] };
  if (mayUseNamespaces()) return { ...here, as: (command, args) => ['unshare', [...namespaceArgs, command, ...args]] };
  mkdirSync(home, { recursive: true, mode: 0o755 });
  const reachable = path.join(home, `data-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`);
  mkdirSync(reachable, { recursive: true, mode: 0o700 });
  const own = (file) => chownSync(file, nobody, nobody);
  own(reachable);
  return {
    programs: copyPrograms(programs, path.join(home, `postgresql-${version}`)),
    dataDir: reachable,
    as: (command, args) => ['setpriv', [...dropArgs, command, ...args]],
    own,
    remove: () => rmSync(reachable, { recursive: true, force: true }),
  };
}

function mayUseNamespaces() {
  return spawnSync('unshare', [...namespaceArgs, 'true'], { stdio: 'ignore' }).status === 0;
}

/** Whole or not at all: a copy that was cut off has another name. */
function copyPrograms(from, to) {
  if (existsSync(to)) return to;
  const unfinished = `${to}.${process.pid}`;
  cpSync(from, unfinished, { recursive: true, verbatimSymlinks: true });
  execFileSync('chmod', ['-R', 'a+rX', unfinished]);
  try {
    renameSync(unfinished, to);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(to)) throw error;
  }
  return to;
}
