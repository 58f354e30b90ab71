import { readFileSync } from 'node:fs';
import { createLogger } from '@chroom/telemetry';
import { readSettlementSettings } from '../configuration/settlement-settings.js';
import type { CrashPoint } from '../sending/crash-points.js';
import { startSettlement } from '../start-settlement.js';

/**
 * Settlement as a process that kills itself, as a power cut would, when it reaches CHROOM_SPEC_CRASH_POINT for the
 * CHROOM_SPEC_CRASH_AFTER-th time. Its clock stands in CHROOM_SPEC_CLOCK_FILE.
 */
async function main(): Promise<void> {
  const { CHROOM_SPEC_CRASH_POINT: mortalPoint, CHROOM_SPEC_CLOCK_FILE: clockFile } = process.env;
  let left = Number(process.env.CHROOM_SPEC_CRASH_AFTER ?? 1);
  const settings = readSettlementSettings(process.env);
  const settlement = await startSettlement(settings, createLogger({ app: 'settlement', level: settings.logLevel }), {
    nowMs: () => Number(readFileSync(clockFile!, 'utf8')),
    reach: (point: CrashPoint) => {
      if (point === mortalPoint && --left === 0) process.kill(process.pid, 'SIGKILL');
    },
  });
  process.stdout.write(`READY ${settlement.url}\n`);
  process.on('SIGTERM', () => void settlement.close().then(() => process.exit(0)));
}

await main();
