import { isDeepStrictEqual } from 'node:util';
import { readBatch } from '@chroom/chain';
import type { Hex } from '@chroom/protocol';
import { batchKey } from '@chroom/protocol/proofs';
import { testKey } from '@chroom/receipts/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;

describe('settlement of a node that changes its key', () => {
  const newKey: Hex = testKey('the next key of the node');
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

  const isCosigned = async (epoch: number) => {
    const { nodeId, orchId, chain } = net.network;
    return (await readBatch(chain.client, net.contracts, batchKey(nodeId, orchId, epoch)))?.solo === false;
  };

  it('signs each batch by the key of its epoch, without a restart', async () => {
    await net.deliver(settlement.url, [net.leaf(1, 1), net.leaf(1, 2)]);
    net.addNodeKey(newKey);
    await net.registerNodeKey(newKey);
    // The first epoch is sealed when the new key is in force already.
    await net.toEpoch(2);
    await net.deliver(settlement.url, [net.leaf(2, 1)]);
    await net.toEpoch(3);
    await net.mineUntil(() => net.allStaged(2, 'submitted'));
    expect([await isCosigned(1), await isCosigned(2)]).toEqual([true, true]);
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(() => net.allStaged(2, 'settled'));
    await net.mineUntil(async () => isDeepStrictEqual(await net.deviations(), exactlyOnce(2, 1)), 40_000);
    expect(await net.deviations()).toEqual(exactlyOnce(2, 1));
  }, 60_000);

  it('keeps the receipts of an epoch whose key it lacks, and seals them when the key is in the file', async () => {
    await net.registerNodeKey(newKey);
    await net.toEpoch(2);
    await net.deliver(settlement.url, [net.leaf(2, 1)]);
    await net.toEpoch(3);
    await net.waitUntil(async () => net.log.some((line) => line.includes('SIGNER_KEY_MISSING')));
    expect(await net.stages()).toEqual([]);
    net.addNodeKey(newKey);
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
    expect(await isCosigned(2)).toBe(true);
  }, 60_000);
});
