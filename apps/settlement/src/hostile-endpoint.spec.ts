import { addStakeCall, createWallet, fundCall, submitManyCall } from '@chroom/chain';
import { headerOf, roles, signBatch } from '@chroom/chain/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseEther, parseGwei } from 'viem';
import type { RunningSettlement, StartOptions } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { type RpcProxy, startRpcProxy } from './testing/rpc-proxy.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;
/** Every spec starts a chain, a database, a queue and a settlement. */
const patienceMs = 180_000;
const bytesOfLeaf = 1_250_000n;

describe('settlement against a world that does not help', () => {
  let net: SettlementNetwork;
  let proxy: RpcProxy;
  let settlement: RunningSettlement | undefined;

  beforeEach(async () => {
    net = await SettlementNetwork.create();
    proxy = await startRpcProxy(net.settings.rpcUrl);
  }, patienceMs);

  afterEach(async () => {
    await settlement?.close();
    settlement = undefined;
    await proxy?.close();
    await net?.dispose();
  }, patienceMs);

  const begin = async (changed: Parameters<SettlementNetwork['start']>[1] = {}, options: StartOptions = {}) => {
    settlement = await net.start(options, { rpcUrl: proxy.url, ...changed });
    await net.deliver(settlement.url, [net.leaf(1, 1), net.leaf(1, 2)]);
    await net.toEpoch(2);
  };
  const settleAll = async () => {
    await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
    await net.toTime((await net.chainNow()) + challengeSec);
    await allFinal();
  };
  const allFinal = async (foreign = 0) => {
    await net.mineUntil(async () => {
      const states = Object.values(await net.outboxStates());
      return states.length === 3 && states.every((state) => state === 'final');
    }, patienceMs);
    expect(await net.deviations()).toEqual(exactlyOnce(1, foreign));
  };
  const submitRow = async () => {
    const { rows } = await net.sql.query<{ state: string; nonce: string | null; note: string | null }>(
      "SELECT state, nonce, note FROM outbox WHERE kind = 'submit'",
    );
    return rows[0];
  };
  const automine = (isOn: boolean) => net.network.chain.anvil.call('evm_setAutomine', [isOn]);

  it(
    'believes no receipt that the state of the contract does not show',
    async () => {
      await automine(false);
      const block = await net.network.chain.client.getBlock();
      let asked = 0;
      proxy.lie = (method, [hash], result) => {
        if (method !== 'eth_getTransactionReceipt') return result;
        asked++;
        return receiptOf(String(hash), block, '0x1');
      };
      await begin();
      await net.waitUntil(async () => asked > 10, patienceMs);
      expect(await submitRow()).toMatchObject({ state: 'mined' });
      proxy.lie = undefined;
      await automine(true);
      await settleAll();
    },
    patienceMs,
  );

  it(
    'gives nothing up for a receipt of a failure that did not happen',
    async () => {
      await automine(false);
      const block = await net.network.chain.client.getBlock();
      let asked = 0;
      proxy.lie = (method, [hash], result) => {
        if (method !== 'eth_getTransactionReceipt') return result;
        asked++;
        return receiptOf(String(hash), block, '0x0');
      };
      await begin();
      await net.waitUntil(async () => asked > 10, patienceMs);
      expect((await submitRow())?.state).not.toBe('dead');
      proxy.lie = undefined;
      await automine(true);
      await settleAll();
    },
    patienceMs,
  );

  it(
    'believes no receipt of a claim while its nonce is not spent, and none that the contract has no event of',
    async () => {
      await begin({ claimMinimum: parseEther('1000000') });
      await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
      await net.toTime((await net.chainNow()) + challengeSec);
      await net.mineUntil(() => net.allStaged(1, 'settled'), patienceMs);
      await settlement!.close();
      await automine(false);
      const block = await net.network.chain.client.getBlock();
      await net.network.chain.mine(Number(net.settings.confirmations));
      let asked = 0;
      proxy.lie = (method, [hash], result) => {
        if (method !== 'eth_getTransactionReceipt') return result;
        asked++;
        return receiptOf(String(hash), block, '0x1');
      };
      settlement = await net.start({}, { rpcUrl: proxy.url });
      const claim = async () => {
        const { rows } = await net.sql.query<{ state: string; nonce: string }>(
          "SELECT state, nonce FROM outbox WHERE kind = 'claim'",
        );
        return rows[0];
      };
      await net.waitUntil(async () => asked > 10, patienceMs);
      expect((await claim())?.state).toBe('mined');
      const { rpcUrl, chainId, senderKey: privateKey } = net.settings;
      const wallet = createWallet({ rpcUrl, chainId, privateKey });
      const fees = { maxFeePerGas: parseGwei('50'), maxPriorityFeePerGas: parseGwei('5') };
      await wallet.sendTransaction({ to: wallet.account.address, nonce: Number((await claim())!.nonce), ...fees });
      await net.network.chain.mine(1 + Number(net.settings.confirmations));
      asked = 0;
      await net.waitUntil(async () => asked > 10, patienceMs);
      expect((await claim())?.state).toBe('mined');
      proxy.lie = undefined;
      await automine(true);
      await allFinal(1);
    },
    patienceMs,
  );

  it(
    'does nothing twice when the endpoint forgets transactions that are in blocks',
    async () => {
      await begin();
      await net.waitUntil(async () => (await submitRow())?.state === 'mined', patienceMs);
      let forgotten = 0;
      proxy.lie = (method, _, result) => {
        if (method !== 'eth_getTransactionReceipt' && method !== 'eth_getTransactionByHash') return result;
        forgotten++;
        return null;
      };
      await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
      expect(forgotten).toBeGreaterThan(0);
      proxy.lie = undefined;
      await settleAll();
    },
    patienceMs,
  );

  it.each([
    ['lower', -3n],
    ['higher', 1_000n],
  ])(
    'recovers from a nonce that is %s than the true one',
    async (_, difference) => {
      proxy.lie = (method, __, result) => {
        if (method !== 'eth_getTransactionCount') return result;
        const nonce = BigInt(String(result)) + difference;
        return `0x${(nonce > 0n ? nonce : 0n).toString(16)}`;
      };
      await begin();
      await net.waitUntil(async () => (await submitRow())?.nonce != null, patienceMs);
      proxy.lie = undefined;
      await settleAll();
    },
    patienceMs,
  );

  it(
    'waits while stake and fund do not cover a batch, says so, and goes on when money is there',
    async () => {
      const { contracts, nodeId, orchId, send } = net.network;
      settlement = await net.start({}, { rpcUrl: proxy.url });
      const value = parseEther('5200');
      const pricePerGiB = (value << 30n) / bytesOfLeaf;
      const leaf = net.leaf(1, 2, {}, { pricePerGiB, maxValue: 2n * value });
      expect(await net.deliver(settlement.url, [leaf])).toMatchObject({ refused: [] });
      await net.toEpoch(2);
      await net.mineUntil(async () => (await submitRow())?.note?.includes('StakeTooSmall') === true, patienceMs);
      await send(roles.orchOwner, addStakeCall(contracts, { id: nodeId, amount: parseEther('200000') }));
      await net.mineUntil(async () => (await submitRow())?.note?.includes('FundTooSmall') === true, patienceMs);
      await send(roles.orchOwner, fundCall(contracts, { orchId, amount: parseEther('1000') }));
      await settleAll();
    },
    patienceMs,
  );

  it(
    'waits while its account cannot pay gas, says so by name, and goes on when it can',
    async () => {
      const { anvil } = net.network.chain;
      const sender = net.network.chain.account(roles.nodeOwner);
      await anvil.call('anvil_setBalance', [sender, '0x0']);
      await begin({ rpcUrl: `${proxy.url}/v2/key-of-provider?token=key-of-provider` });
      await net.mineUntil(async () => {
        const note = (await submitRow())?.note?.toLowerCase();
        return note?.startsWith(`sender_unfunded: broadcast: ${sender.toLowerCase()} cannot pay the gas`) === true;
      }, patienceMs);
      expect(net.log.filter((line) => line.includes('"code":"SENDER_UNFUNDED"'))).not.toEqual([]);
      await anvil.call('anvil_setBalance', [sender, `0x${parseEther('10').toString(16)}`]);
      await settleAll();
      expect((await submitRow())?.note).toBeNull();
      expect(net.log.filter((line) => line.includes('key-of-provider'))).toEqual([]);
    },
    patienceMs,
  );

  it(
    'waits while too much of the stake is at risk, and goes on when there is more of it',
    async () => {
      const { contracts, nodeId, orchId, orchKey, nodeKey, send } = net.network;
      const value = parseEther('490');
      const others = await Promise.all(
        [1, 2, 3, 4, 5].map((epoch) => {
          const header = headerOf({ nodeId, orchId, epoch, value });
          return signBatch(contracts, header, nodeKey, orchKey);
        }),
      );
      await net.toEpoch(6);
      await send(roles.stranger, submitManyCall(contracts, others));
      settlement = await net.start({}, { rpcUrl: proxy.url });
      const leaf = net.leaf(6, 2, {}, { pricePerGiB: (value << 30n) / bytesOfLeaf, maxValue: 2n * value });
      expect(await net.deliver(settlement.url, [leaf])).toMatchObject({ refused: [] });
      await net.toEpoch(7);
      await net.mineUntil(async () => (await submitRow())?.note?.includes('CollateralTooSmall') === true, patienceMs);
      await send(roles.nodeOwner, addStakeCall(contracts, { id: nodeId, amount: parseEther('2000') }));
      await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
      await net.toTime((await net.chainNow()) + challengeSec);
      await net.mineUntil(() => net.allStaged(1, 'settled'), patienceMs);
    },
    patienceMs,
  );

  it(
    'goes alone near the deadline when its co-signer never answers',
    async () => {
      net.orchestrator.mood = 'silent';
      await begin({}, { cosignTimeoutMs: 50 });
      await net.mineUntil(async () => {
        const { rows } = await net.sql.query("SELECT 1 FROM batch WHERE note LIKE '%no answer within 50 ms%'");
        return rows.length > 0;
      }, patienceMs);
      expect(await net.outboxStates()).toEqual({});
      await net.toTime(net.nowMs / 1000 + 11 * 3600);
      await net.mineUntil(() => net.allStaged(1, 'submitted'), patienceMs);
      const { rows } = await net.sql.query<{ orch_signature: string }>('SELECT orch_signature FROM batch');
      expect(rows).toEqual([{ orch_signature: '0x' }]);
    },
    patienceMs,
  );

  it(
    'sends nothing while its endpoint serves another chain, says which, and goes on when it is the right one again',
    async () => {
      // Keys and rules of the epoch are decided, so that only what is sent needs the endpoint.
      await net.network.chain.mine(Number(net.settings.confirmations));
      net.orchestrator.mood = 'refuses';
      await begin();
      await net.mineUntil(() => net.allStaged(1, 'sealed'), patienceMs);
      const sent: string[] = [];
      proxy.lie = (method, _, result) => {
        if (method === 'eth_sendRawTransaction') sent.push(method);
        return method === 'eth_chainId' ? '0x5' : result;
      };
      net.orchestrator.mood = 'signs';
      await net.mineUntil(async () => (await submitRow())?.note?.startsWith('CHAIN_WRONG') === true, patienceMs);
      expect((await submitRow())?.note).toContain('Expected chain 31337, the endpoint serves 5');
      await net.mineForTicks(20);
      expect([(await submitRow())?.state, sent]).toEqual(['ready', []]);
      proxy.lie = undefined;
      await settleAll();
    },
    patienceMs,
  );

  it(
    'refuses a chain that is another one than the set one',
    async () => {
      proxy.lie = (method, _, result) => (method === 'eth_chainId' ? '0x5' : result);
      await expect(net.start({}, { rpcUrl: proxy.url })).rejects.toMatchObject({ code: 'CHAIN_WRONG' });
    },
    patienceMs,
  );
});

/** A receipt that looks right: of a block that is on the chain. */
function receiptOf(transactionHash: string, block: { hash: string | null; number: bigint | null }, status: string) {
  const [blockHash, blockNumber] = [block.hash, `0x${(block.number ?? 0n).toString(16)}`];
  return {
    ...{ transactionHash, blockHash, blockNumber, status, transactionIndex: '0x0', type: '0x2', logs: [] },
    ...{ cumulativeGasUsed: '0x1', gasUsed: '0x1', effectiveGasPrice: '0x1', logsBloom: `0x${'00'.repeat(256)}` },
    ...{ from: `0x${'11'.repeat(20)}`, to: `0x${'22'.repeat(20)}`, contractAddress: null },
  };
}
