import path from 'node:path';
import { FileFollowerStore, followNetwork } from '@chroom/chain/network';
import { ChroomError } from '@chroom/protocol';
import { createLogger, type Logger, stopOnSignals } from '@chroom/telemetry';
import { readMediaNodeSettings } from './settings.js';
import { startMediaNode } from './start-media-node.js';

async function main(): Promise<void> {
  const settings = readMediaNodeSettings(process.env);
  const logger = createLogger({ app: 'media-node', level: settings.logLevel }).with({ node: settings.id });
  const store = new FileFollowerStore(path.join(settings.dataDir, 'chain.json'));
  const network = await followNetwork(settings.network, { store, logger });
  warnOfPlainRegistry(settings.registryUrl, logger);
  const { openMediaEngine } = await import('@chroom/engine');
  const { bindAddresses, advertisedAddresses, udpPort, capacity, workerCpus, largeRoomSessions } = settings;
  const engine = await openMediaEngine({
    workers: capacity.workers,
    workerCpus,
    largeRoomSessions,
    bindAddresses,
    advertisedAddresses,
    udpPort,
  });
  const node = await startMediaNode(settings, engine, network, logger);
  stopOnSignals(logger, async () => {
    await node.close();
    await network.close();
  });
  const { controlUrl, metricsUrl, udpPorts } = node;
  process.stdout.write(
    `READY ${JSON.stringify({ app: 'media-node', id: `${settings.id}`, controlUrl, metricsUrl, udpPorts })}\n`,
  );
}

/** Heartbeats are sealed with a secret that the registry hands out; on a plain connection others may read it. */
function warnOfPlainRegistry(registryUrl: string, logger: Logger): void {
  const { protocol, hostname } = new URL(registryUrl);
  const isLocal = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'http:' && !isLocal) {
    logger.warn('CHROOM_REGISTRY_URL is http beyond this machine: others may forge heartbeats; use https', {
      registryUrl,
    });
  }
}

main().catch((error: unknown) => {
  const isExplained = error instanceof ChroomError || (error as Error)?.name === 'EngineError';
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  process.stderr.write(
    `The media node cannot start. ${isExplained ? `${code}: ${message}` : (stack ?? String(error))}\n`,
  );
  process.exit(1);
});
