import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce, lostReceipts } from './testing/exactly-once.js';
import { type RpcProxy, startRpcProxy } from './testing/rpc-proxy.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;
const retryGraceSec = 75;
/** Enough for each due epoch to be seen and sealed. */
const aWhileTicks = 25;

describe('receipts that an orchestrator holds back for its next try', () => {
  let net: SettlementNetwork;
  let proxy: RpcProxy;
  let settlement: RunningSettlement | undefined;

  beforeEach(async () => {
    net = await SettlementNetwork.create();
    proxy = await startRpcProxy(net.settings.rpcUrl);
  }, 120_000);

  afterEach(async () => {
    await settlement?.close();
    settlement = undefined;
    await proxy?.close();
    await net?.dispose();
  });

  const start = async () => {
    settlement = await net.start({}, { rpcUrl: proxy.url, retryGraceSec });
    return settlement.url;
  };
  const settleAll = async () => {
    net.nowMs += retryGraceSec * 1000;
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(async () => {
      const states = Object.values(await net.outboxStates());
      return states.length === 3 && states.every((state) => state === 'final');
    });
  };

  it('are kept and paid when settlement was down over the end of their epoch', async () => {
    const [early, late] = [net.leaf(1, 1), net.leaf(1, 2)];
    await net.deliver(await start(), [early]);
    await settlement!.close();
    await net.toEpoch(2);
    const url = await start();
    await net.mineForTicks(aWhileTicks);
    expect(await net.stages()).toEqual([]);
    expect(await net.deliver(url, [late])).toMatchObject({ kept: 1, refused: [] });
    await settleAll();
    expect(await lostReceipts(net, [early, late])).toEqual([]);
    expect(await net.deviations()).toEqual(exactlyOnce(1));
  }, 120_000);

  it('are kept and paid when the chain was away over the end of their epoch', async () => {
    const [early, late] = [net.leaf(1, 1), net.leaf(1, 2)];
    const url = await start();
    await net.deliver(url, [early]);
    proxy.mood = 'down';
    await net.toEpoch(2);
    await net.mineForTicks(aWhileTicks);
    proxy.mood = 'answers';
    await net.mineForTicks(aWhileTicks);
    expect(await net.stages()).toEqual([]);
    expect(await net.deliver(url, [late])).toMatchObject({ kept: 1, refused: [] });
    await settleAll();
    expect(await lostReceipts(net, [early, late])).toEqual([]);
  }, 120_000);

  it('are not waited for when half of the time for the submission is over and the chain comes and goes', async () => {
    await net.deliver(await start(), [net.leaf(1, 1)]);
    await net.toEpoch(2);
    proxy.mood = 'down';
    await net.toTime(net.nowMs / 1000 + 6 * 3600);
    await net.mineForTicks(aWhileTicks);
    proxy.mood = 'answers';
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
  }, 120_000);

  it('are not waited for because Redis was down, for they were taken all the time', async () => {
    const url = await start();
    await net.redis.kill();
    expect(await net.deliver(url, [net.leaf(1, 1)])).toMatchObject({ kept: 1 });
    await net.toEpoch(2);
    await net.mineForTicks(aWhileTicks);
    expect(await net.stages()).toEqual([]);
    await net.redis.start();
    // The clock of settlement stands still: a gap that was noted would not end.
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
  }, 120_000);
});
