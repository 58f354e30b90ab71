import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Contracts, readSignerAt, readStandardAt, setSignerCall } from '@chroom/chain';
import { createTestNetwork, developmentKeys, roles, type TestNetwork } from '@chroom/chain/testing';
import { createTestDatabase, type OwnServer, ownRedis, type TestDatabase } from '@chroom/database/testing';
import { type Hex, MemberKeys } from '@chroom/protocol';
import {
  epochStartSec,
  type Grant,
  type Leaf,
  type LeafDelivery,
  type Receipt,
  settlementPaths,
} from '@chroom/protocol/proofs';
import { encodeLeafFile, ProofDigests } from '@chroom/receipts';
import { signLeaf, testKey } from '@chroom/receipts/testing';
import { createLogger } from '@chroom/telemetry';
import pg from 'pg';
import type { Address } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import type { SettlementSettings } from '../configuration/settlement-settings.js';
import { type RunningSettlement, type StartOptions, startSettlement } from '../start-settlement.js';
import { type CosigningOrchestrator, startCosigner } from './cosigning-orchestrator.js';
import { countDeviations } from './exactly-once.js';

const operatorToken = 'operator-token-of-specs';

/** A chain, a database, a Redis and a co-signer of the spec's own, and a clock that follows the chain's. */
export class SettlementNetwork {
  readonly digests: ProofDigests;
  readonly settings: SettlementSettings;
  nowMs: number;
  /** Everything that the settlements of this process say; CHROOM_LOG_LEVEL shows it. */
  readonly log: string[] = [];
  /** The node signs from it, and settlement for the node. */
  readonly nodeKeyFile: string;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'chroom-settlement-'));

  private constructor(
    readonly network: TestNetwork,
    readonly database: TestDatabase,
    readonly redis: OwnServer,
    readonly orchestrator: CosigningOrchestrator,
    readonly sql: pg.Client,
    digests: ProofDigests,
    /** Of the chain and of the account that sends, before any settlement began. */
    readonly beginning: { readonly block: bigint; readonly nonce: number },
    tickMs: number,
  ) {
    this.digests = digests;
    this.nowMs = epochStartSec(network.parameters.clock, 1) * 1000;
    this.nodeKeyFile = path.join(this.folder, 'signer-keys');
    this.addNodeKey(network.nodeKey);
    this.settings = {
      host: '127.0.0.1',
      port: 0,
      databaseUrl: database.url,
      redisUrl: redis.url,
      rpcUrl: network.chain.anvil.url,
      chainId: network.contracts.chainId,
      core: network.contracts.core,
      operatorToken,
      readerToken: 'reader-token-of-specs',
      senderKey: developmentKeys[roles.nodeOwner]!,
      nodeKeys: new Map([[network.nodeId, MemberKeys.ofFile(this.nodeKeyFile, 'the key file of the spec')]]),
      orchestratorUrls: new Map([[network.orchId, orchestrator.url]]),
      confirmations: 2n,
      sealDelaySec: undefined,
      // Specs deliver themselves and wait for nobody.
      retryGraceSec: 0,
      bumpAfterMs: 600_000,
      maxFeePerGasWei: 500_000_000_000n,
      claimMinimum: 1n,
      tickMs,
      logLevel: 'warn',
    };
  }

  /**
   * @param options durable: the chain can be killed (`network.chain.crash`); tickMs: how often settlement looks for work,
   *   and the spec for what came of it
   */
  static async create({ durable = false, tickMs = 20 } = {}): Promise<SettlementNetwork> {
    const network = await createTestNetwork({ durable });
    const { contracts, parameters, orchId, orchKey } = network;
    const digests = new ProofDigests(contracts.chainId, contracts.proofs);
    const orchestrator = await startCosigner(orchKey, {
      digests,
      clock: parameters.clock,
      standardAt: async (epoch) => (await readStandardAt(network.chain.client, contracts, epoch)).standard,
      orchId,
      keysAt: () => ({ orchestrator: privateKeyToAddress(orchKey), isOtherNode: () => false }),
      nodeSignerAt: (nodeId, epoch) => readSignerAt(network.chain.client, contracts, nodeId, epoch),
    });
    const [database, redis] = [await createTestDatabase(), await ownRedis()];
    const sql = new pg.Client({ connectionString: database.url });
    await sql.connect();
    const [{ number: block }, nonce] = await Promise.all([
      network.chain.client.getBlock(),
      network.chain.client.getTransactionCount({ address: network.chain.account(roles.nodeOwner) }),
    ]);
    return new SettlementNetwork(network, database, redis, orchestrator, sql, digests, { block, nonce }, tickMs);
  }

  /** The account that settlement sends from. */
  get sender(): Address {
    return this.network.chain.account(roles.nodeOwner);
  }

  get contracts(): Contracts {
    return this.network.contracts;
  }

  start(options: StartOptions = {}, changed: Partial<SettlementSettings> = {}): Promise<RunningSettlement> {
    const isShown = process.env.CHROOM_LOG_LEVEL !== undefined;
    const write = (line: string) => {
      this.log.push(line);
      if (isShown) process.stderr.write(line);
    };
    const logger = createLogger({ app: 'settlement', level: 'debug', write });
    return startSettlement({ ...this.settings, ...changed }, logger, { nowMs: () => this.nowMs, ...options });
  }

  /** A leaf that the orchestrator knows; odd sessions are clients with a key of their own. */
  leaf(epoch: number, session: number, receipt: Partial<Receipt> = {}, terms: Partial<Grant> = {}): Leaf {
    const { nodeId, orchId, orchKey } = this.network;
    const leaf = signLeaf({
      digests: this.digests,
      orchestratorKey: orchKey,
      ...(session % 2 ? { clientKey: testKey(`client ${session}`) } : {}),
      session,
      grant: { nodeId, orchId, notBefore: epochStartSec(this.network.parameters.clock, 1), ...terms },
      receipt: { epoch, ...receipt },
    });
    this.orchestrator.issue(leaf);
    return leaf;
  }

  /** What an operator does to the file before the owner names the key on the chain. */
  addNodeKey(key: Hex): void {
    appendFileSync(this.nodeKeyFile, `${key}\n`, { mode: 0o600 });
  }

  /** As the owner of the node: this key signs from the next epoch on. */
  async registerNodeKey(key: Hex): Promise<void> {
    const { nodeId } = this.network;
    await this.network.send(
      roles.nodeOwner,
      setSignerCall(this.contracts, { id: nodeId, signer: privateKeyToAddress(key) }),
    );
  }

  async deliver(url: string, leaves: readonly Leaf[], token = operatorToken): Promise<LeafDelivery> {
    const response = await fetch(`${url}${settlementPaths.leaves}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(encodeLeafFile(leaves)),
    });
    const answer = (await response.json()) as LeafDelivery & { code?: string };
    if (!response.ok) throw new Error(answer.code ?? String(response.status));
    return answer;
  }

  /** Moves both clocks into an epoch, far enough that the one before it is sealed. */
  async toEpoch(epoch: number): Promise<void> {
    await this.toTime(epochStartSec(this.network.parameters.clock, epoch) + 300);
  }

  async toTime(seconds: number): Promise<void> {
    await this.network.chain.mineAt(seconds);
    this.nowMs = seconds * 1000;
  }

  /** The chain is killed and comes back without its youngest blocks, but at the time at which it was. */
  async crashChain(): Promise<void> {
    const { chain } = this.network;
    await chain.crash();
    // A chain that was started again makes its blocks at wall time, which the spec has left behind.
    await chain.mineAt(Math.max(await chain.now(), this.nowMs / 1000) + 1);
  }

  async chainNow(): Promise<number> {
    return this.network.chain.now();
  }

  /** Blocks go on while the condition is not met; fails with what the outbox says when that takes too long. */
  async mineUntil(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(`not met within ${timeoutMs} ms: ${JSON.stringify(await this.rows())}`);
      await this.network.chain.mine();
      await delay(this.settings.tickMs);
    }
  }

  /** Blocks go on for as long as settlement needs to look for work so many times. */
  async mineForTicks(count: number): Promise<void> {
    for (let tick = 0; tick < count; tick++) {
      await this.network.chain.mine();
      await delay(this.settings.tickMs);
    }
  }

  /** As before, while no block is made. */
  async waitUntil(condition: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await condition())) {
      if (Date.now() > deadline)
        throw new Error(`not met within ${timeoutMs} ms: ${JSON.stringify(await this.rows())}`);
      await delay(this.settings.tickMs);
    }
  }

  async rows() {
    const outbox = await this.sql.query('SELECT key, state, nonce, note FROM outbox ORDER BY created_at');
    const batches = await this.sql.query('SELECT epoch, stage, note FROM batch ORDER BY epoch');
    return { outbox: outbox.rows, batches: batches.rows };
  }

  async stages(): Promise<string[]> {
    const { rows } = await this.sql.query<{ stage: string }>('SELECT stage FROM batch ORDER BY epoch');
    return rows.map(({ stage }) => stage);
  }

  async outboxStates(): Promise<Record<string, string>> {
    const { rows } = await this.sql.query<{ key: string; state: string }>('SELECT key, state FROM outbox ORDER BY key');
    return Object.fromEntries(rows.map(({ key, state }) => [key, state]));
  }

  async allStaged(count: number, stage: string): Promise<boolean> {
    const stages = await this.stages();
    return stages.length === count && stages.every((found) => found === stage);
  }

  deviations() {
    return countDeviations(this);
  }

  /** Lines of the log that hold a private key, in any writing. */
  linesWithKeys(): string[] {
    const { nodeKey, orchKey } = this.network;
    const digits = [nodeKey, orchKey, this.settings.senderKey].map((key) => key.slice(2).toLowerCase());
    return this.log.filter((line) => digits.some((key) => line.toLowerCase().includes(key)));
  }

  async dispose(): Promise<void> {
    await this.sql.end();
    await this.orchestrator.close();
    await this.redis.dispose();
    await this.database.drop();
    await this.network.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
