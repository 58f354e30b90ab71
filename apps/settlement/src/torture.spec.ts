import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Leaf } from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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

/** Each seed mixes all deaths with all disasters in an order of its own. */
describe.each([1, 2, 3])('settlement that is killed again and again (seed %i)', (seed) => {
  const random = new Random(seed);
  const folder = mkdtempSync(path.join(tmpdir(), 'chroom-torture-'));
  const acknowledged: Leaf[] = [];
  let net: SettlementNetwork;
  let proxy: RpcProxy;
  let nursery: MortalNursery;
  let child: MortalChild | undefined;

  beforeAll(async () => {
    net = await SettlementNetwork.create({ durable: true });
    proxy = await startRpcProxy(net.settings.rpcUrl);
    nursery = new MortalNursery({ ...net.settings, rpcUrl: proxy.url }, folder);
    nursery.setClock(net.nowMs);
  }, 60_000);

  afterAll(async () => {
    nursery?.dispose();
    await child?.kill();
    await proxy?.close();
    await net?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('loses nothing, does nothing twice, and nothing is stuck or reverted', async () => {
    const disasters = [redisForgets, chainDies, blocksVanish, secondProcessStarts, killedWhereItStands];
    const [deaths, events] = [random.shuffle(crashPoints), random.shuffle(disasters)];
    for (const [index, death] of deaths.entries()) {
      const epoch = index + 1;
      await deliver(epoch);
      await dieAt(death, () => net.toEpoch(epoch + 1));
      await events[index]!();
      await liveUntil(async () => (await net.stages()).filter((stage) => stage === 'submitted').length === epoch);
    }
    const ofSettlement = random.pick(crashPoints.slice(0, 3));
    await dieAt(ofSettlement, async () => net.toTime((await net.chainNow()) + challengeSec));
    await random.pick([redisForgets, chainDies, killedWhereItStands])();
    await liveUntil(async () => net.allStaged(deaths.length, 'settled'));
    await liveUntil(allFinalAndClaimed);
    expect(await lostReceipts(net, acknowledged)).toEqual([]);
    expect(await net.deviations()).toEqual(exactlyOnce(deaths.length));
  }, 600_000);

  /** A node repeats its delivery until it is acknowledged; later receipts supersede earlier ones. */
  async function deliver(epoch: number): Promise<void> {
    for (const seq of [1, 2]) {
      const leaves = [1, 2, 3]
        .filter((session) => seq === 1 || session % 2 === random.below(2))
        .map((session) => net.leaf(epoch, session, { seq, rxBytes: 1_000_000n * BigInt(seq) }));
      if (leaves.length === 0) continue;
      expect((await net.deliver((await alive()).url, leaves)).refused).toEqual([]);
      acknowledged.push(...leaves);
    }
  }

  /** Sets the death, moves the clocks so that there is work, and waits for the end. */
  async function dieAt(point: CrashPoint, move: () => Promise<void>): Promise<void> {
    await alive();
    nursery.setDeath(point);
    const isBump = bumpPoints.includes(point);
    if (isBump) await automine(false);
    await move();
    nursery.setClock(net.nowMs);
    const victim = child!;
    const hasDied = async () => !victim.isAlive;
    // A transaction is replaced only while no block takes it; before that, earlier ones need blocks to be confirmed.
    await (isBump ? net.waitUntil(hasDied, patienceMs) : net.mineUntil(hasDied, patienceMs));
    expect(nursery.isDeathSet).toBe(false);
    if (isBump) await automine(true);
  }

  async function redisForgets(): Promise<void> {
    const redis = new Redis(net.redis.url.slice('unix://'.length));
    await redis.flushall();
    redis.disconnect();
  }

  /** Between the last save and the kill there are only blocks of settlement's own transactions. */
  async function chainDies(): Promise<void> {
    await net.network.chain.saved();
    await alive();
    await net.waitUntil(somethingIsMined, patienceMs);
    proxy.mood = 'down';
    await net.crashChain();
    proxy.mood = 'answers';
  }

  async function blocksVanish(): Promise<void> {
    await alive();
    // The block that brought the clock to its time stays.
    await net.network.chain.mine(confirmations);
    await net.waitUntil(somethingIsMined, patienceMs);
    await net.network.chain.anvil.call('anvil_reorg', [1 + random.below(confirmations), []]);
  }

  async function secondProcessStarts(): Promise<void> {
    await alive();
    expect(await nursery.start()).toContain('SIGNER_IN_USE');
  }

  async function killedWhereItStands(): Promise<void> {
    await (await alive()).kill();
  }

  async function somethingIsMined(): Promise<boolean> {
    const states = Object.values(await net.outboxStates());
    return states.includes('mined') || states.every((state) => state === 'final');
  }

  async function allFinalAndClaimed(): Promise<boolean> {
    const states = Object.entries(await net.outboxStates());
    return states.some(([key]) => key.startsWith('claim-')) && states.every(([, state]) => state === 'final');
  }

  const automine = (isOn: boolean) => net.network.chain.anvil.call('evm_setAutomine', [isOn]);

  async function liveUntil(condition: () => Promise<boolean>): Promise<void> {
    await net.mineUntil(async () => {
      await alive();
      return condition();
    }, patienceMs);
  }

  async function alive(): Promise<MortalChild> {
    while (!child?.isAlive) {
      const born = await nursery.start();
      if (typeof born === 'string') throw new Error(`seed ${seed}: it does not start: ${born}`);
      child = born;
    }
    return child;
  }
});
