// The READY line of a running network, kept in its data folder so that other commands find it.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const fileName = 'ready.json';

export function rememberReady(dataDir, ready) {
  writeFileSync(path.join(dataDir, fileName), `${JSON.stringify(ready)}\n`, { mode: 0o600 });
}

export function forgetReady(dataDir) {
  rmSync(path.join(dataDir, fileName), { force: true });
}

/** @returns the READY object of the network on `dataDir` whose console answers, else undefined */
export async function findRunning(dataDir) {
  const file = path.join(dataDir, fileName);
  if (!existsSync(file)) return undefined;
  const ready = JSON.parse(readFileSync(file, 'utf8'));
  const answers = await fetch(`${ready.consoleUrl}/api/config`).then(
    (response) => response.ok,
    () => false,
  );
  return answers ? ready : undefined;
}
