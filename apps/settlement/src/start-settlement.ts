import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { openPartyDatabase } from '@chroom/database';
import { type EpochClock, epochLengthSec, packedLeafBytes } from '@chroom/protocol/proofs';
import { JobQueues } from '@chroom/queues';
import { LeafFileRequests, ProofDigests } from '@chroom/receipts';
import { createMetrics, healthHandler, type Logger, metricsHandler, ProcessHealth } from '@chroom/telemetry';
import { CodedErrorsFilter, nestLogger } from '@chroom/telemetry/nest';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { DataSource } from 'typeorm';
import { ChainKnowledge } from './chain/chain-knowledge.js';
import type { NetworkFacts, SettlementChain } from './chain/settlement-chain.js';
import { ViemSettlementChain } from './chain/viem-settlement-chain.js';
import { databaseUrlVariable, redisUrlVariable, type SettlementSettings } from './configuration/settlement-settings.js';
import { CosignBatch } from './cosigning/cosign-batch.js';
import { HttpCosigner } from './cosigning/cosigner.js';
import { serveOpenApi } from './http/open-api.js';
import { SettlementMetrics } from './http/settlement-metrics.js';
import { AcceptLeaves } from './ingest/accept-leaves.js';
import { OperatorAccess, ReaderAccess } from './ingest/operator-access.js';
import { cosignJob, jobTable, sealJob, settleJob, submitJob, trackJob } from './jobs/job-table.js';
import { LateReceipts } from './jobs/late-receipts.js';
import { RelayJobs } from './jobs/relay-jobs.js';
import { SealEpoch } from './sealing/seal-epoch.js';
import type { ReachCrashPoint } from './sending/crash-points.js';
import { SendTransaction } from './sending/send-transaction.js';
import { SenderAccount } from './sending/sender-account.js';
import { settlementModule } from './settlement.module.js';
import { PlanSettlement } from './settling/plan-settlement.js';
import { ReadEarnings } from './statement/read-earnings.js';
import { ReadStatement } from './statement/read-statement.js';
import { CreateSettlement1763900000000 } from './storage/1763900000000-create-settlement.migration.js';
import { IndexSessions1764330000000 } from './storage/1764330000000-index-sessions.migration.js';
import { ReleaseSoloBatches1764370000000 } from './storage/1764370000000-release-solo-batches.migration.js';
import { KeepNewestFacts1764381600000 } from './storage/1764381600000-keep-newest-facts.migration.js';
import { TrackTransactions } from './tracking/track-transactions.js';

export interface RunningSettlement {
  readonly url: string;
  close(): Promise<void>;
}

/** What specs put in the place of the real thing. */
export interface StartOptions {
  /** Told once when another process has taken the account: nothing can be signed here any more. */
  readonly onAccountLost?: (error: Error) => void;
  readonly reach?: ReachCrashPoint;
  readonly nowMs?: () => number;
  readonly cosignTimeoutMs?: number;
  readonly batchesLookedAt?: number;
}

/** A node's delivery: ten thousand leaves at once. */
const bodyMaxBytes = 10_000 * packedLeafBytes;

/**
 * @throws ChroomError that names the variable: DATABASE_UNAVAILABLE, QUEUE_UNAVAILABLE, CHAIN_UNAVAILABLE (at the very
 * first start only), CHAIN_WRONG, or SIGNER_IN_USE
 */
export async function startSettlement(
  settings: SettlementSettings,
  logger: Logger,
  options: StartOptions = {},
): Promise<RunningSettlement> {
  const closers: (() => Promise<unknown>)[] = [];
  const closeAll = async () => {
    for (const close of closers.splice(0).reverse()) await close();
  };
  try {
    return await start(settings, logger, options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function start(
  settings: SettlementSettings,
  logger: Logger,
  { reach = () => undefined, nowMs = Date.now, onAccountLost, ...bounds }: StartOptions,
  closers: (() => Promise<unknown>)[],
  closeAll: () => Promise<void>,
): Promise<RunningSettlement> {
  const database = await openPartyDatabase({
    party: 'settlement',
    url: settings.databaseUrl,
    urlVariable: databaseUrlVariable,
    entities: [],
    migrations: [
      CreateSettlement1763900000000,
      IndexSessions1764330000000,
      ReleaseSoloBatches1764370000000,
      KeepNewestFacts1764381600000,
    ],
    onConnectionLost: (error) => logger.warn('a database connection was lost', { error }),
  });
  closers.push(() => database.destroy());
  const account = await SenderAccount.take(settings.databaseUrl, settings.senderKey);
  closers.push(() => account.release());
  const chain = await openChainWithMemory(settings, database);
  const knowledge = await ChainKnowledge.open(chain, database);
  const health = new ProcessHealth();
  const queues = await JobQueues.open(
    {
      url: settings.redisUrl,
      urlVariable: redisUrlVariable,
      prefix: `chroom-settlement-${account.address}`,
      onConnection: (isUp, reason) => logger.warn(isUp ? 'Redis answers again' : 'Redis does not answer', { reason }),
      onFailure: ({ job, id, attempt, final, error }) => {
        if (isAccountLost(error)) onAccountLost?.(error);
        logger.warn('a job failed', { job, id, attempt, final, error });
      },
    },
    jobTable,
  );
  closers.push(() => queues.close());
  // We hold the account's lock, so nobody else works on these queues; what a killed process ran begins anew.
  await queues.forgetAll();
  health.check('redis', () => (queues.isConnected ? undefined : `Redis does not answer (${redisUrlVariable})`));
  const lateReceipts = new LateReceipts(settings.retryGraceSec, () => nowMs() / 1000);
  const relay = startPipeline({
    settings,
    database,
    knowledge,
    account,
    queues,
    logger,
    reach,
    nowMs,
    bounds,
    lateReceipts,
  });
  closers.push(() => relay.stop());
  logger.info('settlement works', { sender: account.address, nodes: [...settings.nodeKeys.keys()] });
  const url = await serve({ settings, database, knowledge, logger, health, nowMs, lateReceipts, closers });
  return {
    url,
    close: async () => {
      health.beginStop();
      await closeAll();
    },
  };
}

/** The chain as it is, or as it was at the last start when it is down now: ingest and sealing go on. */
async function openChainWithMemory(settings: SettlementSettings, database: DataSource): Promise<SettlementChain> {
  const core = settings.core.toLowerCase();
  const rows: { facts: NetworkFacts }[] = await database.query('SELECT facts FROM network_facts WHERE core = $1', [
    core,
  ]);
  const { rpcUrl, chainId, confirmations } = settings;
  const chain = await ViemSettlementChain.open({ rpcUrl, chainId, core: settings.core, confirmations }, rows[0]?.facts);
  await database.query(
    'INSERT INTO network_facts (core, facts) VALUES ($1, $2) ON CONFLICT (core) DO UPDATE SET facts = excluded.facts',
    [core, JSON.stringify(chain.facts)],
  );
  return chain;
}

interface PipelineParts {
  readonly settings: SettlementSettings;
  readonly database: DataSource;
  readonly knowledge: ChainKnowledge;
  readonly account: SenderAccount;
  readonly queues: JobQueues;
  readonly logger: Logger;
  readonly reach: ReachCrashPoint;
  readonly nowMs: () => number;
  readonly lateReceipts: LateReceipts;
  readonly bounds: Pick<StartOptions, 'cosignTimeoutMs' | 'batchesLookedAt'>;
}

function startPipeline(parts: PipelineParts): RelayJobs {
  const { settings, database, knowledge, account, queues, logger, reach, nowMs, lateReceipts } = parts;
  const { cosignTimeoutMs, batchesLookedAt } = parts.bounds;
  const { chain } = knowledge;
  const digests = digestsOf(chain);
  const nowSec = () => nowMs() / 1000;
  const { confirmations, maxFeePerGasWei, bumpAfterMs, claimMinimum, nodeKeys, tickMs } = settings;
  const sender = account.address;
  const cosigners = new Map(
    [...settings.orchestratorUrls].map(([id, url]) => [id, new HttpCosigner(url, cosignTimeoutMs)]),
  );
  const cosignerOf = (orchId: bigint) => cosigners.get(orchId);
  const sending = { database, chain, account, confirmations, maxFeePerGasWei, logger, reach };
  const sealEpoch = new SealEpoch({ database, knowledge, digests, nodeKeys, logger });
  const cosignBatch = new CosignBatch({ database, chain, digests, cosignerOf, nowSec, logger });
  const sendTransaction = new SendTransaction(sending);
  const trackTransactions = new TrackTransactions({ ...sending, bumpAfterMs, nowMs });
  const planSettlement = new PlanSettlement({
    ...{ database, chain, confirmations, sender, claimMinimum, batchesLookedAt, logger },
  });
  queues.work([
    {
      job: sealJob,
      handle: ({ nodeId, orchId, epoch }) => sealEpoch.seal({ nodeId: BigInt(nodeId), orchId: BigInt(orchId), epoch }),
    },
    { job: cosignJob, handle: ({ key }) => cosignBatch.cosign(key) },
    { job: submitJob, handle: ({ key }) => sendTransaction.send(key) },
    { job: trackJob, handle: () => trackTransactions.track() },
    { job: settleJob, handle: ({ nodeId }) => planSettlement.plan(BigInt(nodeId)) },
  ]);
  const nodeIds = [...nodeKeys.keys()];
  const sealDelaySec = settings.sealDelaySec ?? sealDelayOf(chain.facts.clock);
  const relay = new RelayJobs({
    ...{ database, chain, queues, sender, nodeIds, lateReceipts, sealDelaySec, tickMs, nowSec, logger },
  });
  relay.start();
  return relay;
}

interface ServeParts
  extends Pick<PipelineParts, 'settings' | 'database' | 'knowledge' | 'logger' | 'nowMs' | 'lateReceipts'> {
  readonly health: ProcessHealth;
  readonly closers: (() => Promise<unknown>)[];
}

async function serve({
  settings,
  database,
  knowledge,
  logger,
  health,
  nowMs,
  lateReceipts,
  closers,
}: ServeParts): Promise<string> {
  const { chain } = knowledge;
  const registry = createMetrics('settlement');
  const acceptLeaves = new AcceptLeaves({
    database,
    knowledge,
    digests: digestsOf(chain),
    isOwnNode: (nodeId) => settings.nodeKeys.has(nodeId),
    nowSec: () => nowMs() / 1000,
    onUnable: () => lateReceipts.noteGap(),
  });
  const metrics = new SettlementMetrics(registry, database);
  const access = new OperatorAccess(settings.operatorToken);
  const readerAccess = new ReaderAccess(settings.operatorToken, settings.readerToken);
  const statement = new ReadStatement(database, chain);
  const earnings = new ReadEarnings(database, chain, [...settings.nodeKeys.keys()], settings.confirmations);
  const app = await NestFactory.create<NestExpressApplication>(
    settlementModule({
      ...{ database, acceptLeaves, access, readerAccess, statement, earnings, metrics },
      leafFileRequests: new LeafFileRequests(nowMs),
    }),
    { bodyParser: false, logger: nestLogger(logger) },
  );
  app.disable('x-powered-by');
  app.useBodyParser('raw', { limit: bodyMaxBytes, type: 'application/octet-stream' });
  app.use('/metrics', metricsHandler(registry));
  app.use('/health', healthHandler(health));
  app.useGlobalFilters(new CodedErrorsFilter(logger, bodyMaxBytes));
  serveOpenApi(app);
  await app.listen(settings.port, settings.host);
  closers.push(async () => {
    const closed = app.close();
    // Kept-alive connections would hold the stop up.
    app.getHttpServer().closeAllConnections();
    await closed;
  });
  const { port } = app.getHttpServer().address() as AddressInfo;
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `http://${host}:${port}`;
}

/**
 * A 20th of an epoch: minutes on a real network. Orchestrators sign for the end of an epoch up to 6 s later, when the
 * node's next report is there or stays away.
 */
function sealDelayOf(clock: EpochClock): number {
  return Math.min(600, Math.max(8, Math.floor(epochLengthSec(clock) / 20)));
}

function digestsOf(chain: SettlementChain): ProofDigests {
  const { chainId, proofs } = chain.facts.contracts;
  return new ProofDigests(chainId, proofs);
}

function isAccountLost(error: Error): boolean {
  return (error as { code?: string }).code === 'SIGNER_IN_USE';
}
