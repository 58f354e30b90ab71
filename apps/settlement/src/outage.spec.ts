import { isDeepStrictEqual } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { type RpcMood, type RpcProxy, startRpcProxy } from './testing/rpc-proxy.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;

describe('settlement whose chain is away', () => {
  let net: SettlementNetwork;
  let proxy: RpcProxy;
  let settlement: RunningSettlement | undefined;

  beforeEach(async () => {
    net = await SettlementNetwork.create();
    proxy = await startRpcProxy(net.settings.rpcUrl);
  }, 60_000);

  afterEach(async () => {
    await settlement?.close();
    settlement = undefined;
    await proxy?.close();
    await net?.dispose();
  });

  it.each<RpcMood>(['down', 'stalls', 'garbage'])(
    'takes receipts for more than an hour of clock, loses none and catches up (%s)',
    async (mood) => {
      settlement = await net.start({}, { rpcUrl: proxy.url });
      // No reorg reaches the first epoch any more.
      await net.network.chain.mine(Number(net.settings.confirmations));
      expect(await net.deliver(settlement.url, [net.leaf(1, 1)])).toMatchObject({ kept: 1 });
      proxy.mood = mood;
      await net.toEpoch(2);
      // Keys of this epoch are not known: those of the one before are taken until the chain has been asked.
      expect(await net.deliver(settlement.url, [net.leaf(2, 2), net.leaf(2, 3)])).toMatchObject({
        kept: 2,
        refused: [],
      });
      const { rows } = await net.sql.query<{ count: string }>('SELECT count(*) FROM kept_receipt WHERE NOT verified');
      expect(rows[0]?.count).toBe('2');
      await net.toEpoch(3);
      expect(await net.stages()).toEqual([]);
      proxy.mood = 'answers';
      await net.mineUntil(() => net.allStaged(2, 'submitted'), 40_000);
      await net.toTime((await net.chainNow()) + challengeSec);
      await net.mineUntil(() => net.allStaged(2, 'settled'), 40_000);
      await net.mineUntil(async () => isDeepStrictEqual(await net.deviations(), exactlyOnce(2)), 40_000);
      expect(await net.deviations()).toEqual(exactlyOnce(2));
    },
    120_000,
  );

  it('starts without its chain when it has known it before, and never at the first time', async () => {
    proxy.mood = 'down';
    await expect(net.start({}, { rpcUrl: proxy.url })).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' });
    proxy.mood = 'answers';
    settlement = await net.start({}, { rpcUrl: proxy.url });
    await settlement.close();
    proxy.mood = 'down';
    settlement = await net.start({}, { rpcUrl: proxy.url });
    expect((await fetch(`${settlement.url}/health/live`)).status).toBe(200);
  }, 60_000);

  it('takes receipts after a restart without its chain, by the keys and rules that it knew, and settles them', async () => {
    settlement = await net.start({}, { rpcUrl: proxy.url });
    await net.network.chain.mine(Number(net.settings.confirmations));
    expect(await net.deliver(settlement.url, [net.leaf(1, 1)])).toMatchObject({ kept: 1 });
    await settlement.close();
    proxy.mood = 'down';
    await net.toEpoch(2);
    settlement = await net.start({}, { rpcUrl: proxy.url });
    const forged = { ...net.leaf(2, 4), grantSignature: net.leaf(2, 2).grantSignature };
    expect(await net.deliver(settlement.url, [net.leaf(1, 3), net.leaf(2, 2), forged])).toEqual({
      kept: 2,
      known: 0,
      refused: [expect.objectContaining({ index: 2, code: 'GrantSig' })],
    });
    // A second restart: what was taken is there, and is checked with the chain before it is sealed.
    await settlement.close();
    settlement = await net.start({}, { rpcUrl: proxy.url });
    expect(await net.deliver(settlement.url, [net.leaf(1, 3)])).toMatchObject({ kept: 0, known: 1 });
    await net.toEpoch(3);
    expect(await net.stages()).toEqual([]);
    proxy.mood = 'answers';
    await net.mineUntil(() => net.allStaged(2, 'submitted'), 40_000);
    const { rows } = await net.sql.query<{ leaves: number }>(
      `SELECT (header ->> 'leaves')::int AS leaves FROM batch ORDER BY epoch`,
    );
    expect(rows).toEqual([{ leaves: 2 }, { leaves: 1 }]);
  }, 120_000);

  it('that was never asked about a member asks the node to come again', async () => {
    settlement = await net.start({}, { rpcUrl: proxy.url });
    await settlement.close();
    proxy.mood = 'down';
    settlement = await net.start({}, { rpcUrl: proxy.url });
    await expect(net.deliver(settlement.url, [net.leaf(1, 1)])).rejects.toThrow('CHAIN_UNAVAILABLE');
  }, 60_000);
});
