import { ChroomError } from '@chroom/protocol';
import { createLogger, stopOnSignals } from '@chroom/telemetry';
import { readRegistrySettings } from './settings.js';
import { startRegistry } from './start-registry.js';

async function main(): Promise<void> {
  const settings = readRegistrySettings(process.env);
  const logger = createLogger({ app: 'registry', level: settings.logLevel });
  const registry = await startRegistry(settings, logger);
  stopOnSignals(logger, () => registry.close());
  process.stdout.write(`READY ${JSON.stringify({ app: 'registry', url: registry.url })}\n`);
}

main().catch((error: unknown) => {
  const text =
    error instanceof ChroomError ? `${error.code}: ${error.message}` : ((error as Error)?.stack ?? String(error));
  process.stderr.write(`The registry cannot start. ${text}\n`);
  process.exit(1);
});
