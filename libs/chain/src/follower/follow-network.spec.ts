import { createLogger } from '@chroom/telemetry';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { NetworkSettings } from '../client/network-settings.js';
import { createTestNetwork, type TestNetwork } from '../testing/index.js';
import { type FollowedNetwork, followNetwork } from './follow-network.js';
import { MemoryFollowerStore } from './follower-store.js';

const logger = createLogger({ app: 'spec', level: 'silent' });

describe('followNetwork', () => {
  let network: TestNetwork;
  let settings: NetworkSettings;
  let followed: FollowedNetwork | undefined;
  const store = () => new MemoryFollowerStore();
  const follow = async (changes: Partial<NetworkSettings>, kept = store()) => {
    followed = await followNetwork({ ...settings, ...changes }, { store: kept, logger });
    return followed;
  };

  beforeEach(async () => {
    network = await createTestNetwork();
    await network.chain.mine(2);
    const { core, deploymentBlock, chainId } = network.contracts;
    settings = { rpcUrl: network.chain.anvil.url, chainId, core, deploymentBlock, confirmations: 2 };
  }, 60_000);
  afterEach(async () => {
    await followed?.close();
    followed = undefined;
    await network?.stop();
  });

  it('knows members, clock and contracts when it is there', async () => {
    const { directory, facts, problem } = await follow({});
    expect(directory.list().map(({ id, kind }) => [id, kind])).toEqual([
      [network.nodeId, 'node'],
      [network.orchId, 'orchestrator'],
    ]);
    expect(facts).toEqual({ contracts: network.contracts, clock: network.parameters.clock });
    expect(problem()).toBeUndefined();
  });

  it('starts with what is stored while the chain is away, and says so', async () => {
    const kept = store();
    await (await follow({}, kept)).close();
    await network.chain.anvil.stop();
    const { directory, facts, problem } = await follow({}, kept);
    expect(directory.list()).toHaveLength(2);
    expect(facts.clock).toEqual(network.parameters.clock);
    expect(problem()).toMatch(/does not answer/);
  }, 30_000);

  it('does not start when the chain is away and nothing is stored, or what is stored is of another network', async () => {
    const kept = store();
    await (await follow({}, kept)).close();
    followed = undefined;
    await network.chain.anvil.stop();
    const away = { code: 'CHAIN_UNAVAILABLE', message: expect.stringContaining('CHROOM_RPC_URL') };
    await expect(follow({})).rejects.toMatchObject(away);
    await expect(follow({ chainId: 5 }, kept)).rejects.toMatchObject(away);
    await expect(follow({ core: network.chain.account(0) }, kept)).rejects.toMatchObject(away);
  }, 30_000);

  it('refuses another chain, and an address without a core, whatever is stored', async () => {
    const kept = store();
    await (await follow({}, kept)).close();
    followed = undefined;
    await expect(follow({ chainId: 5 }, kept)).rejects.toMatchObject({
      code: 'CHAIN_WRONG',
      message: expect.stringMatching(/CHROOM_RPC_URL or CHROOM_CHAIN_ID/),
    });
    await expect(follow({ core: network.chain.account(0) }, kept)).rejects.toMatchObject({
      code: 'CHAIN_WRONG',
      message: expect.stringContaining('CHROOM_CORE_ADDRESS'),
    });
  });
});
