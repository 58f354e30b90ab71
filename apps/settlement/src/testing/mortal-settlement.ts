import { once } from 'node:events';
import { readFileSync, unlinkSync } from 'node:fs';
import { createLogger } from '@chroom/telemetry';
import { readSettlementSettings } from '../configuration/settlement-settings.js';
import type { CrashPoint } from '../sending/crash-points.js';
import { startSettlement } from '../start-settlement.js';

/**
 * Settlement as a process that kills itself, as a power cut would, when it reaches the point that stands in
 * CHROOM_SPEC_DEATH_FILE. Its clock stands in CHROOM_SPEC_CLOCK_FILE. It begins when its input says so: loading is most of
 * a start, and can be done beforehand.
 */
async function main(): Promise<void> {
  const { CHROOM_SPEC_DEATH_FILE: deathFile, CHROOM_SPEC_CLOCK_FILE: clockFile } = process.env;
  await once(process.stdin, 'data');
  const settings = readSettlementSettings(process.env);
  const settlement = await startSettlement(settings, createLogger({ app: 'settlement', level: settings.logLevel }), {
    nowMs: () => Number(readFileSync(clockFile!, 'utf8')),
    reach: (point: CrashPoint) => {
      if (readDeath(deathFile!) !== point) return;
      unlinkSync(deathFile!);
      process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(`READY ${settlement.url}\n`);
  process.on('SIGTERM', () => void settlement.close().then(() => process.exit(0)));
}

function readDeath(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // it lives
  }
}

await main();
