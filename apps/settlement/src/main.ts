import os from 'node:os';
import { ChroomError } from '@chroom/protocol';
import { createLogger, stopOnSignals } from '@chroom/telemetry';
import { readSettlementSettings } from './configuration/settlement-settings.js';
import { startSettlement } from './start-settlement.js';

async function main(): Promise<void> {
  giveWayToCalls();
  const settings = readSettlementSettings(process.env);
  const logger = createLogger({ app: 'settlement', level: settings.logLevel });
  const settlement = await startSettlement(settings, logger, {
    onAccountLost: (error) => {
      logger.error('another process has taken the account; stopping', { error });
      process.exit(1);
    },
  });
  stopOnSignals(logger, () => settlement.close());
  process.stdout.write(`READY ${JSON.stringify({ app: 'settlement', url: settlement.url })}\n`);
}

/** Nobody waits for a settlement: where it shares a machine with calls, they go first. */
function giveWayToCalls(): void {
  os.setPriority(Math.max(os.getPriority(), os.constants.priority.PRIORITY_BELOW_NORMAL));
}

main().catch((error: unknown) => {
  const text =
    error instanceof ChroomError ? `${error.code}: ${error.message}` : ((error as Error)?.stack ?? String(error));
  process.stderr.write(`Settlement cannot start. ${text}\n`);
  process.exit(1);
});
