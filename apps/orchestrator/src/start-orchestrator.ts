import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { databaseUnavailable } from '@chroom/database';
import { FileMemberDirectory, loadOrCreateTlsIdentity } from '@chroom/protocol';
import { createMetrics, healthHandler, type Logger, metricsHandler, ProcessHealth } from '@chroom/telemetry';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { appModule } from './app.module.js';
import type { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { kDatabaseUrlVariable, openOrchestratorDatabase } from './database/orchestrator-database.js';
import { CodedErrorsFilter } from './http/coded-errors.filter.js';
import { OrchestratorHttpAdapter } from './http/http-adapter.js';
import { ServiceProbe } from './http/service-probe.js';
import { structuredNestLog } from './logging/structured-nest-log.js';
import { PinnedNodeTransports } from './nodes/node-transports.js';
import { OrchestratorAnnouncer } from './nodes/orchestrator-announcer.js';

export interface RunningOrchestrator {
  /** http://host:port that it listens on. */
  readonly url: string;
  close(): Promise<void>;
}

export const kSoftwareVersion = '0.1.0';
const kLargestJsonBytes = 256 * 1024;
const kProbeEveryMs = 2_000;

/** @throws ChroomError that names the setting when the database, Redis, the member list or the TLS key cannot be used. */
export async function startOrchestrator(settings: OrchestratorSettings, logger: Logger): Promise<RunningOrchestrator> {
  const database = await openOrchestratorDatabase(settings.databaseUrl, (error) =>
    logger.warn('a database connection was lost', { error }),
  );
  const directory = await FileMemberDirectory.open({
    path: settings.membersFile,
    chainId: settings.chainId,
    authority: settings.authority,
    onRefused: (error) => logger.warn('the changed member list is refused; the one in force stays', { error }),
  });
  const identity = await loadOrCreateTlsIdentity(settings.dataDir);
  const transports = new PinnedNodeTransports(identity);
  const app = await NestFactory.create<NestExpressApplication>(
    appModule({ settings, database, directory, transports }),
    new OrchestratorHttpAdapter(),
    { bodyParser: false, logger: structuredNestLog(logger), abortOnError: false },
  );
  const health = new ProcessHealth();
  const databaseProbe = new ServiceProbe(
    () => database.query('SELECT 1'),
    (error) => databaseUnavailable(kDatabaseUrlVariable, error).message,
  );
  health.check('database', () => databaseProbe.lastProblem);
  databaseProbe.start(kProbeEveryMs);
  serveOperations(app, health);
  await app.listen(settings.port, settings.host);
  const url = listeningUrl(app, settings.host);
  const announcer = startAnnouncing(settings, url, identity.spkiSha256);
  return {
    url,
    close: async () => {
      health.beginStop();
      databaseProbe.stop();
      await announcer.onApplicationShutdown();
      await app.close();
      directory.close();
      await database.destroy();
    },
  };
}

function serveOperations(app: NestExpressApplication, health: ProcessHealth): void {
  app.disable('x-powered-by');
  app.use('/metrics', metricsHandler(createMetrics('orchestrator')));
  app.use('/healthz', healthHandler(health));
  app.use('/health', healthHandler(health));
  app.useBodyParser('json', { limit: kLargestJsonBytes });
  app.useGlobalFilters(new CodedErrorsFilter());
}

function listeningUrl(app: NestExpressApplication, host: string): string {
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function startAnnouncing(settings: OrchestratorSettings, url: string, tlsSpkiSha256: `0x${string}`) {
  const { registryUrl, chainId, signerKey, memberId, region } = settings;
  const announcer = new OrchestratorAnnouncer({
    registryUrl,
    chainId,
    signerKey,
    orchestratorId: memberId,
    publicUrl: settings.publicUrl ?? url.replace(/^http/, 'ws'),
    region,
    softwareVersion: kSoftwareVersion,
    tlsSpkiSha256,
  });
  announcer.onApplicationBootstrap();
  return announcer;
}
