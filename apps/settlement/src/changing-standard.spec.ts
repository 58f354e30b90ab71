import { isDeepStrictEqual } from 'node:util';
import { readBatch, scheduleStandardCall } from '@chroom/chain';
import { roles } from '@chroom/chain/testing';
import { batchKey } from '@chroom/protocol/proofs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;
/** Of 1.25 MB in ten seconds, which is what a leaf of these specs carries. */
const leafKbps = 1_000;
const perToken = 10n ** 18n;

describe('settlement while the governor changes the standard', () => {
  let net: SettlementNetwork;
  let settlement: RunningSettlement;

  beforeEach(async () => {
    net = await SettlementNetwork.create();
    settlement = await net.start();
  }, 60_000);

  afterEach(async () => {
    await settlement?.close();
    await net?.dispose();
  });

  it('values the leaves of each epoch by the standard in force when it began, and its orchestrator agrees', async () => {
    const { chain, contracts, parameters, nodeId, orchId } = net.network;
    const stricter = { ...parameters.standard, minKbps: leafKbps + 1 };
    await net.network.send(roles.governor, scheduleStandardCall(contracts, stricter));
    const fromEpoch = 1 + parameters.standardDelayEpochs;
    const fast = { rxBytes: 1_002_000n };
    for (const epoch of [fromEpoch - 1, fromEpoch]) {
      await net.toEpoch(epoch);
      expect(await net.deliver(settlement.url, [net.leaf(epoch, 1), net.leaf(epoch, 2, fast)])).toMatchObject({
        kept: 2,
        refused: [],
      });
    }
    await net.toEpoch(fromEpoch + 1);
    await net.mineUntil(() => net.allStaged(2, 'submitted'), 40_000);
    const [slowValue, fastValue] = [1_250_000n, 1_252_000n].map((bytes) => (bytes * perToken) >> 30n);
    const batchOf = (epoch: number) => readBatch(chain.client, contracts, batchKey(nodeId, orchId, epoch));
    expect(await batchOf(fromEpoch - 1)).toMatchObject({ solo: false, value: slowValue! + fastValue! });
    // Below the new minimum rate a leaf is worth nothing; the other one is worth what it was.
    expect(await batchOf(fromEpoch)).toMatchObject({ solo: false, value: fastValue! });
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(() => net.allStaged(2, 'settled'), 40_000);
    // A claim may follow when all that was there before is final.
    await net.mineUntil(async () => isDeepStrictEqual(await net.deviations(), exactlyOnce(2)), 40_000);
    expect(await net.deviations()).toEqual(exactlyOnce(2));
  }, 120_000);
});
