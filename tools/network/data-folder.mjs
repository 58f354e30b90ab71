// The folder of one network: databases, chain, keys, logs. One process at a time owns it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from '../setup/progress.mjs';

/** The part of the folder that belongs to one process of the network. */
export function folderOf(dataDir, name) {
  const folder = path.join(dataDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Two networks must not share a data folder. A lock whose process is gone is taken over.
 * @returns {() => void} gives it back
 */
export function lockDataDir(dataDir) {
  const file = path.join(dataDir, 'network.pid');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (isAlive(pid)) {
      throw new SetupError(
        `ALREADY_EXISTS: a network (process ${pid}) runs on ${dataDir}. Stop it, or choose another folder with --data and other ports with --port-base.`,
      );
    }
  }
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
