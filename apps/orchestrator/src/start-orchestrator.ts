import 'reflect-metadata';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createChainClient,
  type FollowedNetwork,
  followNetwork,
  measureNetwork,
  SqlFollowerStore,
} from '@chroom/chain';
import { databaseUnavailable } from '@chroom/database';
import { loadOrCreateTlsIdentity, type MemberDirectory, memberId, requireActiveMember } from '@chroom/protocol';
import { JobQueues } from '@chroom/queues';
import { createMetrics, healthHandler, type Logger, metricsHandler, ProcessHealth } from '@chroom/telemetry';
import { ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
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
import { CosignBatch } from './proofs/cosigning/cosign-batch.js';
import { DeliverReceipts } from './proofs/delivery/deliver-receipts.js';
import { ChainProofNetwork } from './proofs/network/chain-proof-network.js';
import { RecordKeeper } from './proofs/record/record-keeper.js';
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

/** What specs put in the place of the real thing. */
export interface StartOptions {
  /** Instead of the one of the settings; whoever opened it closes it. */
  readonly network?: FollowedNetwork;
}

/** @throws ChroomError that names the setting when the database, Redis, the chain or the TLS key cannot be used. */
export async function startOrchestrator(
  settings: OrchestratorSettings,
  logger: Logger,
  options: StartOptions = {},
): Promise<RunningOrchestrator> {
  const parts = new ProcessEnd();
  try {
    return await start(settings, logger, options, parts);
  } catch (error) {
    await parts.end();
    throw error;
  }
}

async function start(
  settings: OrchestratorSettings,
  logger: Logger,
  options: StartOptions,
  parts: ProcessEnd,
): Promise<RunningOrchestrator> {
  const database = await openOrchestratorDatabase(settings.databaseUrl, (error) =>
    logger.warn('a database connection was lost', { error }),
  );
  parts.onEnd(() => database.destroy());
  const queues = await openQueues(settings, logger);
  parts.onEnd(() => queues.close());
  const network = options.network ?? (await follow(settings, database, logger, parts));
  const { directory } = network;
  const proofNetwork = new ChainProofNetwork(network.facts, directory, createChainClient(settings.network));
  const identity = await loadOrCreateTlsIdentity(settings.dataDir);
  const transports = new PinnedNodeTransports(identity);
  const app = await NestFactory.create<NestExpressApplication>(
    appModule({ settings, database, directory, queues, transports, proofNetwork }),
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
  health.check('chain', network.problem);
  health.check('redis', () => (queues.isConnected ? undefined : `Redis (${kRedisUrlVariable}) does not answer`));
  serveOperations(app, health, network);
  await app.listen(settings.port, settings.host);
  const url = listeningUrl(app, settings.host);
  const announcer = startAnnouncing(settings, directory, url, identity.spkiSha256);
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

async function follow(
  settings: OrchestratorSettings,
  database: DataSource,
  logger: Logger,
  parts: ProcessEnd,
): Promise<FollowedNetwork> {
  const network = await followNetwork(settings.network, { store: new SqlFollowerStore(database), logger });
  parts.onEnd(() => network.close());
  return network;
}

function serveOperations(app: NestExpressApplication, health: ProcessHealth, network: FollowedNetwork): void {
  app.disable('x-powered-by');
  const metrics = createMetrics('orchestrator');
  measureNetwork(metrics, network);
  measure(metrics, {
    discovery: app.get(NodeDiscovery, { strict: false }),
    leases: app.get(RoomLeases, { strict: false }),
    events: app.get(RoomEvents, { strict: false }),
    sessions: app.get(SessionRecorder, { strict: false }),
    outbox: app.get(WebhookOutbox, { strict: false }),
    records: app.get(RecordKeeper, { strict: false }),
    delivery: app.get(DeliverReceipts, { strict: false }),
    cosigning: app.get(CosignBatch, { strict: false }),
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

function startAnnouncing(
  settings: OrchestratorSettings,
  directory: MemberDirectory,
  url: string,
  tlsSpkiSha256: `0x${string}`,
) {
  const { registryUrl, network, signerKeys, region } = settings;
  const id = memberId(settings.memberId);
  const announcer = new OrchestratorAnnouncer({
    registryUrl,
    chainId: BigInt(network.chainId),
    signerKey: () => signerKeys.keyOf(requireActiveMember(directory, 'orchestrator', id).signer),
    orchestratorId: id,
    publicUrl: settings.publicUrl ?? url.replace(/^http/, 'ws'),
    region,
    softwareVersion: kSoftwareVersion,
    tlsSpkiSha256,
  });
  announcer.onApplicationBootstrap();
  return announcer;
}
