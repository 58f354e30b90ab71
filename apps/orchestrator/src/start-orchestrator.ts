import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { databaseUnavailable } from '@chroom/database';
import { FileMemberDirectory, loadOrCreateTlsIdentity } from '@chroom/protocol';
import { JobQueues } from '@chroom/queues';
import { createMetrics, healthHandler, type Logger, metricsHandler, ProcessHealth } from '@chroom/telemetry';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { serveOpenApi } from './admin/open-api.js';
import { appModule } from './app.module.js';
import { kRedisUrlVariable, type OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { kDatabaseUrlVariable, openOrchestratorDatabase } from './database/orchestrator-database.js';
import { CodedErrorsFilter } from './http/coded-errors.filter.js';
import { OrchestratorHttpAdapter } from './http/http-adapter.js';
import { ServiceProbe } from './http/service-probe.js';
import { structuredNestLog } from './logging/structured-nest-log.js';
import { measure } from './metrics/orchestrator-metrics.js';
import { NodeDiscovery } from './nodes/node-discovery.js';
import { PinnedNodeTransports } from './nodes/node-transports.js';
import { OrchestratorAnnouncer } from './nodes/orchestrator-announcer.js';
import { RoomLeases } from './placement/room-leases.js';
import { RoomEvents } from './rooms/room-events.js';
import { SessionRecorder } from './sessions/session-recorder.js';
import { deliverWebhooksJob } from './webhooks/deliver-webhooks.job.js';
import { WebhookOutbox } from './webhooks/webhook-outbox.js';

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
  const parts = new ProcessEnd();
  try {
    return await start(settings, logger, parts);
  } catch (error) {
    await parts.end();
    throw error;
  }
}

async function start(settings: OrchestratorSettings, logger: Logger, parts: ProcessEnd): Promise<RunningOrchestrator> {
  const database = await openOrchestratorDatabase(settings.databaseUrl, (error) =>
    logger.warn('a database connection was lost', { error }),
  );
  parts.onEnd(() => database.destroy());
  const queues = await openQueues(settings, logger);
  parts.onEnd(() => queues.close());
  const directory = await openDirectory(settings, logger);
  parts.onEnd(async () => directory.close());
  const identity = await loadOrCreateTlsIdentity(settings.dataDir);
  const transports = new PinnedNodeTransports(identity);
  const app = await NestFactory.create<NestExpressApplication>(
    appModule({ settings, database, directory, queues, transports }),
    new OrchestratorHttpAdapter(),
    { bodyParser: false, logger: structuredNestLog(logger), abortOnError: false },
  );
  parts.onEnd(() => app.close());
  const health = new ProcessHealth();
  const databaseProbe = new ServiceProbe(
    () => database.query('SELECT 1'),
    (error) => databaseUnavailable(kDatabaseUrlVariable, error).message,
  );
  health.check('database', () => databaseProbe.lastProblem);
  databaseProbe.start(kProbeEveryMs);
  parts.onEnd(async () => databaseProbe.stop());
  health.check('redis', () => (queues.isConnected ? undefined : `Redis (${kRedisUrlVariable}) does not answer`));
  serveOperations(app, health);
  await app.listen(settings.port, settings.host);
  const url = listeningUrl(app, settings.host);
  const announcer = startAnnouncing(settings, url, identity.spkiSha256);
  parts.onEnd(() => announcer.onApplicationShutdown());
  parts.onEnd(async () => health.beginStop());
  return { url, close: () => parts.end() };
}

/** What must end, in reverse order of its start. */
class ProcessEnd {
  private readonly steps: (() => Promise<unknown>)[] = [];

  onEnd(step: () => Promise<unknown>): void {
    this.steps.unshift(step);
  }

  async end(): Promise<void> {
    for (const step of this.steps.splice(0)) await step();
  }
}

function openQueues(settings: OrchestratorSettings, logger: Logger): Promise<JobQueues> {
  return JobQueues.open(
    {
      url: settings.redisUrl,
      urlVariable: kRedisUrlVariable,
      prefix: 'chroom',
      onConnection: (isUp, reason) =>
        isUp
          ? logger.info('Redis answers again')
          : logger.warn('Redis does not answer; webhooks wait', { variable: kRedisUrlVariable, reason }),
      onFailure: ({ error, ...failure }) => logger.warn('a job failed', { ...failure, reason: error.message }),
    },
    [deliverWebhooksJob],
  );
}

function openDirectory(settings: OrchestratorSettings, logger: Logger): Promise<FileMemberDirectory> {
  return FileMemberDirectory.open({
    path: settings.membersFile,
    chainId: settings.chainId,
    authority: settings.authority,
    onRefused: (error) => logger.warn('the changed member list is refused; the one in force stays', { error }),
  });
}

function serveOperations(app: NestExpressApplication, health: ProcessHealth): void {
  app.disable('x-powered-by');
  const metrics = createMetrics('orchestrator');
  measure(metrics, {
    discovery: app.get(NodeDiscovery, { strict: false }),
    leases: app.get(RoomLeases, { strict: false }),
    events: app.get(RoomEvents, { strict: false }),
    sessions: app.get(SessionRecorder, { strict: false }),
    outbox: app.get(WebhookOutbox, { strict: false }),
  });
  app.use('/metrics', metricsHandler(metrics));
  app.use('/healthz', healthHandler(health));
  app.use('/health', healthHandler(health));
  app.useBodyParser('json', { limit: kLargestJsonBytes, type: isAdminJson });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.useGlobalFilters(new CodedErrorsFilter());
  serveOpenApi(app);
}

/** The server API reads its own bodies: they may be protobuf. */
function isAdminJson(request: IncomingMessage & { originalUrl?: string }): boolean {
  const isJson = /^application\/json\b/i.test(request.headers['content-type'] ?? '');
  return isJson && /^\/+admin\//.test(request.originalUrl ?? request.url ?? '');
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
