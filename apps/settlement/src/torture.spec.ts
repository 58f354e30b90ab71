import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Leaf } from '@chroom/protocol/proofs';
import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { CrashPoint } from './sending/crash-points.js';
import { exactlyOnce, lostReceipts } from './testing/exactly-once.js';
import { type MortalChild, MortalNursery } from './testing/mortal-child.js';
import { Random } from './testing/random.js';
import { type RpcProxy, startRpcProxy } from './testing/rpc-proxy.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const bumpPoints: readonly CrashPoint[] = ['before-bump-commit', 'after-bump-commit'];
const crashPoints: readonly CrashPoint[] = ['before-commit', 'after-commit', 'after-broadcast', ...bumpPoints];
const confirmations = 2;
/** Several starts of a process on a busy machine. */
const patienceMs = 120_000;
const challengeSec = 48 * 3600;
/** Three networks on a machine that runs other specs as well: looking more often would be most of what it does. */
const tickMs = 100;

describe('settlement that is killed again and again', () => {
  // Side by side: each has a chain, a database and a Redis of its own, and waits for most of its time.
  it.concurrent.each([1, 2, 3])(
    'loses nothing, does nothing twice, and nothing is stuck or reverted (seed %i)',
    async (seed) => {
      const torture = new Torture(seed);
      try {
        await torture.begin();
        await torture.run();
      } finally {
        await torture.end();
      }
    },
    600_000,
  );
});

/** All deaths and all disasters, in an order of the seed. */
class Torture {
  private readonly random: Random;
  private readonly folder = mkdtempSync(path.join(tmpdir(), 'chroom-torture-'));
  private readonly acknowledged: Leaf[] = [];
  private net: SettlementNetwork;
  private proxy: RpcProxy;
  private nursery: MortalNursery;
  private child: MortalChild | undefined;

  constructor(private readonly seed: number) {
    this.random = new Random(seed);
  }

  async begin(): Promise<void> {
    this.net = await SettlementNetwork.create({ durable: true, tickMs });
    this.proxy = await startRpcProxy(this.net.settings.rpcUrl);
    const { settings, nodeKeyFile, network } = this.net;
    const nodeKeyFiles = `${network.nodeId}=${nodeKeyFile}`;
    this.nursery = new MortalNursery({ ...settings, rpcUrl: this.proxy.url }, nodeKeyFiles, this.folder);
    this.nursery.setClock(this.net.nowMs);
  }

  async end(): Promise<void> {
    this.nursery?.dispose();
    await this.child?.kill();
    await this.proxy?.close();
    await this.net?.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async run(): Promise<void> {
    const { net, random } = this;
    const redisForgets = () => this.redisForgets();
    const chainDies = () => this.chainDies();
    const blocksVanish = () => this.blocksVanish();
    const secondProcessStarts = () => this.secondProcessStarts();
    const killedWhereItStands = () => this.killedWhereItStands();
    const deaths = random.shuffle(crashPoints);
    const disasters = random.shuffle([redisForgets, chainDies, blocksVanish, secondProcessStarts, killedWhereItStands]);
    for (const [index, death] of deaths.entries()) {
      const epoch = index + 1;
      await this.deliver(epoch);
      await this.dieAt(death, () => net.toEpoch(epoch + 1));
      await disasters[index]!();
      await this.liveUntil(async () => (await net.stages()).filter((stage) => stage === 'submitted').length === epoch);
    }
    const ofSettlement = random.pick(crashPoints.slice(0, 3));
    await this.dieAt(ofSettlement, async () => net.toTime((await net.chainNow()) + challengeSec));
    await random.pick([redisForgets, chainDies, killedWhereItStands])();
    await this.liveUntil(async () => net.allStaged(deaths.length, 'settled'));
    await this.liveUntil(() => this.allFinalAndClaimed());
    expect(await lostReceipts(net, this.acknowledged)).toEqual([]);
    expect(await net.deviations()).toEqual(exactlyOnce(deaths.length));
  }

  /** A node repeats its delivery until it is acknowledged; later receipts supersede earlier ones. */
  private async deliver(epoch: number): Promise<void> {
    for (const seq of [1, 2]) {
      const leaves = [1, 2, 3]
        .filter((session) => seq === 1 || session % 2 === this.random.below(2))
        .map((session) => this.net.leaf(epoch, session, { seq, rxBytes: 1_000_000n * BigInt(seq) }));
      if (leaves.length === 0) continue;
      expect((await this.net.deliver((await this.alive()).url, leaves)).refused).toEqual([]);
      this.acknowledged.push(...leaves);
    }
  }

  /** Sets the death, moves the clocks so that there is work, and waits for the end. */
  private async dieAt(point: CrashPoint, move: () => Promise<void>): Promise<void> {
    await this.alive();
    this.nursery.setDeath(point);
    const isBump = bumpPoints.includes(point);
    if (isBump) await this.automine(false);
    await move();
    this.nursery.setClock(this.net.nowMs);
    const victim = this.child!;
    const hasDied = async () => !victim.isAlive;
    // A transaction is replaced only while no block takes it; before that, earlier ones need blocks to be confirmed.
    await (isBump ? this.net.waitUntil(hasDied, patienceMs) : this.net.mineUntil(hasDied, patienceMs));
    expect(this.nursery.isDeathSet).toBe(false);
    if (isBump) await this.automine(true);
  }

  private async redisForgets(): Promise<void> {
    const redis = new Redis(this.net.redis.url.slice('unix://'.length));
    await redis.flushall();
    redis.disconnect();
  }

  /** Between the last save and the kill there are only blocks of settlement's own transactions. */
  private async chainDies(): Promise<void> {
    await this.net.network.chain.saved();
    await this.alive();
    await this.net.waitUntil(() => this.somethingIsMined(), patienceMs);
    this.proxy.mood = 'down';
    await this.net.crashChain();
    this.proxy.mood = 'answers';
  }

  private async blocksVanish(): Promise<void> {
    await this.alive();
    // The block that brought the clock to its time stays.
    await this.net.network.chain.mine(confirmations);
    await this.net.waitUntil(() => this.somethingIsMined(), patienceMs);
    await this.net.network.chain.anvil.call('anvil_reorg', [1 + this.random.below(confirmations), []]);
  }

  private async secondProcessStarts(): Promise<void> {
    await this.alive();
    expect(await this.nursery.start()).toContain('SIGNER_IN_USE');
  }

  private async killedWhereItStands(): Promise<void> {
    await (await this.alive()).kill();
  }

  private async somethingIsMined(): Promise<boolean> {
    const states = Object.values(await this.net.outboxStates());
    return states.includes('mined') || states.every((state) => state === 'final');
  }

  private async allFinalAndClaimed(): Promise<boolean> {
    const states = Object.entries(await this.net.outboxStates());
    return states.some(([key]) => key.startsWith('claim-')) && states.every(([, state]) => state === 'final');
  }

  private async automine(isOn: boolean): Promise<void> {
    await this.net.network.chain.anvil.call('evm_setAutomine', [isOn]);
  }

  private async liveUntil(condition: () => Promise<boolean>): Promise<void> {
    await this.net.mineUntil(async () => {
      await this.alive();
      return condition();
    }, patienceMs);
  }

  private async alive(): Promise<MortalChild> {
    while (!this.child?.isAlive) {
      const born = await this.nursery.start();
      if (typeof born === 'string') throw new Error(`seed ${this.seed}: it does not start: ${born}`);
      this.child = born;
    }
    return this.child;
  }
}
