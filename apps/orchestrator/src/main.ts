import { ChroomError } from '@chroom/protocol';
import { createLogger, stopOnSignals } from '@chroom/telemetry';
import { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { startOrchestrator } from './start-orchestrator.js';

async function main(): Promise<void> {
  const settings = OrchestratorSettings.fromEnvironment(process.env);
  const logger = createLogger({ app: 'orchestrator', level: settings.logLevel });
  const orchestrator = await startOrchestrator(settings, logger);
  stopOnSignals(logger, () => orchestrator.close());
  process.stdout.write(`READY ${JSON.stringify({ app: 'orchestrator', url: orchestrator.url })}\n`);
}

main().catch((error: unknown) => {
  const text =
    error instanceof ChroomError ? `${error.code}: ${error.message}` : ((error as Error)?.stack ?? String(error));
  process.stderr.write(`The orchestrator cannot start. ${text}\n`);
  process.exit(1);
});
