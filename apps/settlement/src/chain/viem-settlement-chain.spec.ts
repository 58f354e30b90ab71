import { setSignerCall } from '@chroom/chain';
import { createTestNetwork, roles, type TestNetwork, testKey } from '@chroom/chain/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { privateKeyToAddress } from 'viem/accounts';
import { type RpcProxy, startRpcProxy } from '../testing/rpc-proxy.js';
import { ViemSettlementChain } from './viem-settlement-chain.js';

const confirmations = 2n;
const laterKey = testKey('the later key of the node');

describe('what settlement keeps of the chain', () => {
  let network: TestNetwork;
  let proxy: RpcProxy;
  let chain: ViemSettlementChain;
  let nowMs: number;
  let epoch = 1;

  beforeAll(async () => {
    network = await createTestNetwork();
    proxy = await startRpcProxy(network.chain.anvil.url);
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await network?.stop();
  });
  beforeEach(async () => {
    const { chainId, core } = network.contracts;
    nowMs = 0;
    proxy.lie = undefined;
    const options = { rpcUrl: proxy.url, chainId, core, confirmations, monotonicMs: () => nowMs };
    chain = await ViemSettlementChain.open(options);
  });

  const [first, later] = [testKey('node'), laterKey].map((key) => privateKeyToAddress(key));
  const name = (key: string | undefined) => (key === first ? 'first' : key === later ? 'later' : key);
  const signerAt = async (at: number) => name(await chain.signerAt(network.nodeId, at));

  it('is asked again after a reorg took back the key of an epoch that had begun', async () => {
    expect(await signerAt(epoch)).toBe('first');
    await network.send(roles.nodeOwner, setSignerCall(network.contracts, { id: network.nodeId, signer: later! }));
    await network.toEpoch(epoch + 1);
    expect([await signerAt(epoch + 1), await chain.isDecided(epoch + 1)]).toEqual(['later', false]);
    await network.chain.anvil.call('anvil_reorg', [2, []]);
    epoch += 1;
    await network.chain.mineAt((await network.chain.now()) + 10);
    nowMs += 1_000;
    expect(await signerAt(epoch)).toBe('first');
  });

  it('is asked once when a block of the epoch is out of reach', async () => {
    epoch += 1;
    await network.toEpoch(epoch);
    await network.chain.mine(Number(confirmations));
    expect([await signerAt(epoch), await chain.isDecided(epoch)]).toEqual(['first', true]);
    const rules = await chain.rulesAt(epoch);
    const asked: string[] = [];
    proxy.lie = (method, _, result) => {
      asked.push(method);
      return result;
    };
    nowMs += 3_600_000;
    expect([await signerAt(epoch), await chain.rulesAt(epoch), asked]).toEqual(['first', rules, []]);
  });

  it('is asked once a second at most while it is not decided', async () => {
    epoch += 1;
    await network.toEpoch(epoch);
    const asked: string[] = [];
    proxy.lie = (method, _, result) => {
      asked.push(method);
      return result;
    };
    for (let receipt = 0; receipt < 50; receipt += 1) await signerAt(epoch);
    const once = asked.length;
    nowMs += 999;
    await signerAt(epoch);
    expect([once, asked.length]).toEqual([4, 4]);
    nowMs += 1;
    await signerAt(epoch);
    expect(asked.length).toBe(8);
  });
});
