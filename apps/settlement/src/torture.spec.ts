import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import type { CrashPoint } from './sending/crash-points.js';
import { type MortalChild, startMortal } from './testing/mortal-child.js';
import { Random } from './testing/random.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const crashPoints: readonly CrashPoint[] = ['before-commit', 'after-commit', 'after-broadcast'];
const epochs = 4;
const livesMax = 40;
/** Several starts of a process on a busy machine. */
const patienceMs = 60_000;
const challengeSec = 48 * 3600;

describe.each([1, 2, 3])('settlement that is killed again and again (seed %i)', (seed) => {
  const random = new Random(seed);
  const folder = mkdtempSync(path.join(tmpdir(), 'chroom-torture-'));
  const clockFile = path.join(folder, 'clock');
  let net: SettlementNetwork;
  let child: MortalChild | undefined;
  let lives = 0;

  beforeAll(async () => {
    net = await SettlementNetwork.create();
    writeFileSync(clockFile, String(net.nowMs));
  }, 60_000);

  afterAll(async () => {
    await child?.kill();
    await net?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('loses nothing, does nothing twice, and nothing is stuck or reverted', async () => {
    for (let epoch = 1; epoch <= epochs; epoch++) {
      await deliverSurely(epoch);
      await moveTo(() => net.toEpoch(epoch + 1));
      await disturb();
      await liveUntil(async () => (await net.stages()).filter((stage) => stage !== 'sealed').length >= epoch);
    }
    await liveUntil(async () => net.allStaged(epochs, 'submitted'));
    await moveTo(async () => net.toTime((await net.chainNow()) + challengeSec));
    await disturb();
    await liveUntil(async () => net.allStaged(epochs, 'settled'));
    await liveUntil(async () => Object.values(await net.outboxStates()).every((state) => state === 'final'));
    expect(lives).toBeGreaterThan(epochs);
    expect(await net.expectExactlyOnce()).toEqual({ events: epochs, reverted: 0, gaps: 0, differing: 0 });
  }, 300_000);

  /** A node repeats its delivery until it is acknowledged. */
  async function deliverSurely(epoch: number): Promise<void> {
    const leaves = [1, 2, 3].map((session) => net.leaf(epoch, session));
    for (;;) {
      const url = (await alive()).url;
      const answer = await net.deliver(url, leaves).catch(() => undefined);
      if (answer) return void expect(answer.refused).toEqual([]);
    }
  }

  async function moveTo(move: () => Promise<void>): Promise<void> {
    await move();
    writeFileSync(clockFile, String(net.nowMs));
  }

  /** Now and then Redis forgets everything, or the process is killed where it stands. */
  async function disturb(): Promise<void> {
    if (random.below(2) === 0) {
      const redis = new Redis(net.redis.url.slice('unix://'.length));
      await redis.flushall();
      redis.disconnect();
    }
    if (random.below(2) === 0) await child?.kill();
  }

  async function liveUntil(condition: () => Promise<boolean>): Promise<void> {
    await net.mineUntil(async () => {
      await alive();
      return condition();
    }, patienceMs);
  }

  /** Each life but the last few ends by itself at a random point. */
  async function alive(): Promise<MortalChild> {
    while (!child?.isAlive) {
      if (++lives > livesMax) throw new Error(`seed ${seed}: more than ${livesMax} lives`);
      const death = { point: random.pick(crashPoints), after: 1 + random.below(2) };
      child = await startMortal(net.settings, clockFile, death);
    }
    return child;
  }
});
