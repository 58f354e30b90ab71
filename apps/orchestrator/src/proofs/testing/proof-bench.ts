import { create } from '@bufbuild/protobuf';
import { createTestDatabase, type TestDatabase } from '@chroom/database/testing';
import { ChroomError, control, MemberKeys, signerAddressOf, toRpcError } from '@chroom/protocol';
import { type Leaf, unpackLeaf } from '@chroom/protocol/proofs';
import { testKey } from '@chroom/receipts/testing';
import { createClient, createRouterTransport } from '@connectrpc/connect';
import type { DataSource } from 'typeorm';
import { bytesToHex } from 'viem';
import type { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { openOrchestratorDatabase } from '../../database/orchestrator-database.js';
import { type MediaNode, MediaNodes } from '../../nodes/media-nodes.port.js';
import { RoomEvents } from '../../rooms/room-events.js';
import { ManualTime } from '../../rooms/testing/manual-time.js';
import { DeliverReceipts } from '../delivery/deliver-receipts.js';
import { ReceiptOutbox } from '../delivery/receipt-outbox.js';
import { Grantors } from '../grants/grantors.js';
import { ProofSettings } from '../proof-settings.js';
import { ReceiptWriter } from '../receipts/receipt-writer.js';
import { RecordKeeper } from '../record/record-keeper.js';
import { ProofStore } from '../storage/proof-store.js';
import { FixedProofNetwork } from './fixed-proof-network.js';

export const specOrchId = 2n;
export const specNodeId = 7n;
export const specOrchKey = testKey('orchestrator');
export const specNodeKey = testKey('node');

/** A node that takes receipts as its operator's settlement would. */
export class ReceivingNode extends MediaNodes {
  readonly leaves: Leaf[] = [];
  isDown = false;
  notWanted = false;
  refuse: (leaf: Leaf) => string | undefined = () => undefined;

  override async get(nodeId: bigint): Promise<MediaNode> {
    if (this.isDown) throw new ChroomError('NODE_UNAVAILABLE', 'the node of the spec is down');
    const transport = createRouterTransport(({ service }) => {
      service(control.NodeControl, { deliverReceipts: ({ leaves }) => this.take(leaves) });
    });
    const client = createClient(control.NodeControl, transport);
    return { nodeId, region: 'test', control: client, watchRoom: () => () => undefined };
  }

  /** The newest receipt of an epoch. */
  newest(epoch: number): Leaf | undefined {
    return this.leaves.filter(({ receipt }) => receipt.epoch === epoch).at(-1);
  }

  private take(packed: Uint8Array) {
    if (this.isDown) throw toRpcError(new ChroomError('NODE_UNAVAILABLE', 'the node of the spec is down'));
    if (this.notWanted) return { notWanted: true };
    const leaves = Array.from({ length: packed.length / 358 }, (_, index) =>
      unpackLeaf(bytesToHex(packed.subarray(index * 358, (index + 1) * 358))),
    );
    const refused = leaves.flatMap((leaf, index) => {
      const code = this.refuse(leaf);
      return code ? [{ index, code, message: `refused for ${code}` }] : [];
    });
    this.leaves.push(...leaves.filter((leaf) => !this.refuse(leaf)));
    return { kept: leaves.length - refused.length, known: 0, refused };
  }
}

/** One run of the orchestrator's proofs over a real database. `kill` ends it as SIGKILL would: nothing more is stored. */
export class ProofRun {
  readonly events = new RoomEvents();
  readonly keeper: RecordKeeper;
  readonly writer: ReceiptWriter;
  readonly delivery: DeliverReceipts;

  private constructor(
    readonly time: ManualTime,
    database: DataSource,
    network: FixedProofNetwork,
    node: MediaNodes,
    settings: Partial<OrchestratorSettings>,
    terms: ProofSettings,
  ) {
    const own = {
      memberId: specOrchId,
      signerKeys: MemberKeys.of(specOrchKey),
      secretsKey: new Uint8Array(32),
      ...settings,
    } as OrchestratorSettings;
    const grantors = new Grantors(own, terms, network);
    this.keeper = new RecordKeeper(network, grantors, this.events, time.clock);
    this.delivery = new DeliverReceipts(new ReceiptOutbox(database), node, time.clock, time.asTimers, terms);
    const store = new ProofStore(database);
    this.writer = new ReceiptWriter(this.keeper, store, network, grantors, this.delivery, time.clock, time.asTimers);
  }

  static async start(bench: ProofBench, options: RunOptions = {}): Promise<ProofRun> {
    const { time, database, network, node } = bench;
    const terms = ProofSettings.fromEnvironment(options.environment ?? {});
    const run = new ProofRun(time, database, network, node, options.settings ?? {}, terms);
    run.keeper.onModuleInit();
    await run.writer.onModuleInit();
    return run;
  }

  admit(session: string, nodeId = specNodeId): void {
    const place = { projectId: 'PR_a', roomSid: 'RM_a', roomName: 'math', session, nodeId };
    this.events.publishFact({ kind: 'admitted', ...place, atMs: this.now });
    this.events.publishFact({ kind: 'connection', session, isConnected: true, atMs: this.now });
  }

  declare(session: string, direction: 'received' | 'sent', bps: number, track = 'TR_a'): void {
    this.events.publishFact({ kind: 'stream', session, direction, track, bps, whole: 'track', atMs: this.now });
  }

  report(session: string, statistics: Partial<control.SessionStatistics>): void {
    this.events.publishStatistics(
      session,
      create(control.SessionStatisticsSchema, { session, ...statistics } as never),
    );
  }

  /** The client of the session is back with another one. */
  succeed(session: string): void {
    this.events.publishFact({ kind: 'succeeded', session, atMs: this.now });
  }

  end(session: string): void {
    this.events.publishFact({ kind: 'ended', session, atMs: this.now });
  }

  /** Lets whole seconds pass; after each, `happens`, and everything that falls due is signed, stored and delivered. */
  async pass(seconds: number, happens: () => void = () => {}): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      this.time.advance(1000);
      happens();
      await this.writer.write();
      await this.delivery.run();
    }
  }

  /** The timers of the bench go on with other runs; this one hears of nothing any more. */
  kill(): void {
    this.keeper.onApplicationShutdown();
    this.writer.write = async () => {};
    this.delivery.run = async () => {};
  }

  private get now(): number {
    return this.time.clock.nowMs();
  }
}

export interface RunOptions {
  readonly settings?: Partial<OrchestratorSettings>;
  readonly environment?: NodeJS.ProcessEnv;
}

/** What outlives a run. */
export class ProofBench {
  readonly time = new ManualTime();
  readonly network = new FixedProofNetwork();
  readonly node = new ReceivingNode();

  private constructor(
    private readonly testDatabase: TestDatabase,
    readonly database: DataSource,
  ) {
    this.network.signers.set(specOrchId, signerAddressOf(specOrchKey));
    this.network.signers.set(specNodeId, signerAddressOf(specNodeKey));
  }

  static async create(): Promise<ProofBench> {
    const testDatabase = await createTestDatabase();
    return new ProofBench(testDatabase, await openOrchestratorDatabase(testDatabase.url));
  }

  /** The epoch that runs. */
  get epoch(): number {
    const { startSec, slotSec } = this.network.facts.clock;
    return Math.floor((this.time.clock.nowMs() / 1000 - startSec) / (64 * slotSec));
  }

  async receiptStates(): Promise<{ epoch: number; seq: number; state: string; code: string | null }[]> {
    const rows: { epoch: string; seq: string; state: string; refusal_code: string | null }[] =
      await this.database.query('SELECT epoch, seq, state, refusal_code FROM receipts ORDER BY epoch, grant_hash');
    return rows.map((row) => ({
      epoch: Number(row.epoch),
      seq: Number(row.seq),
      state: row.state,
      code: row.refusal_code,
    }));
  }

  async clear(): Promise<void> {
    await this.database.query(
      'TRUNCATE grants, receipts, refused_reports, leaf_files, cosigned_batches, cosign_refusals',
    );
    this.node.leaves.length = 0;
  }

  async dispose(): Promise<void> {
    await this.database.destroy();
    await this.testDatabase.drop();
  }
}
