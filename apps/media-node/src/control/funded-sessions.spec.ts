import { fundCall, requestFundWithdrawalCall, withdrawFundCall } from '@chroom/chain';
import { askFunds, RpcSource } from '@chroom/chain/network';
import { createTestNetwork, roles, type TestNetwork } from '@chroom/chain/testing';
import { fromRpcError } from '@chroom/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { keptMs } from '../funds/required-fund.js';
import { type ControlNetwork, startControlNetwork, testMinFund } from '../testing/control-network.js';
import { FakeEngine } from '../testing/fake-engine.js';

const fence = { room: 'RM_1', token: 5n };
const withdrawalDelaySec = 4 * 86_400;

describe('an orchestrator whose fund on the chain changes', () => {
  let chain: TestNetwork;
  let node: ControlNetwork;
  let ann: Awaited<ReturnType<ControlNetwork['orchestrator']>>;
  beforeEach(async () => {
    chain = await createTestNetwork();
    const source = new RpcSource(chain.chain.anvil.url);
    node = await startControlNetwork(new FakeEngine(), undefined, (id) => askFunds(source, chain.contracts.core, id));
    ann = await node.orchestrator(chain.orchId);
  }, 60_000);
  afterEach(async () => {
    await node?.close();
    await chain?.stop();
  });

  const send = (call: Parameters<TestNetwork['send']>[1]) => chain.send(roles.orchOwner, call);
  const announce = (amount: bigint) =>
    send(requestFundWithdrawalCall(chain.contracts, { orchId: chain.orchId, amount }));
  const total = async () =>
    (await askFunds(new RpcSource(chain.chain.anvil.url), chain.contracts.core, chain.orchId)).total;
  /** A join after the node has to look at the fund anew. */
  const join = async (session: string) => {
    node.clock.timeMs += keptMs;
    const demand = { egressBps: 1n, packetsPerSecond: 1n, sessions: 4 };
    await ann.client.acquireLease({ fence, leaseId: 'a', demand, ttlMs: 10_000 });
    return ann.client.createSession({ fence, session, identity: session }).then(
      () => 'served',
      (error: unknown) => fromRpcError(error)?.code,
    );
  };

  it('gets no new sessions once it is announced to leave, keeps those that run, and is served again when it stays', async () => {
    expect(await join('PA_1')).toBe('served');
    await announce((await total()) - testMinFund + 1n);
    expect(await join('PA_2')).toBe('FUND_TOO_SMALL');
    await ann.client.updateSession({ fence, session: 'PA_1', canSubscribe: true });
    expect((await ann.client.listSessions({ room: '' })).sessions.map(({ session }) => session)).toEqual(['PA_1']);
    await announce(0n);
    expect(await join('PA_2')).toBe('served');
  });

  it('gets none after it is withdrawn, and new ones when it is filled again', async () => {
    await announce(await total());
    await chain.chain.mineAt((await chain.chain.now()) + withdrawalDelaySec);
    await send(withdrawFundCall(chain.contracts, { orchId: chain.orchId, to: chain.chain.account(roles.orchOwner) }));
    expect(await total()).toBe(0n);
    expect(await join('PA_1')).toBe('FUND_TOO_SMALL');
    await send(fundCall(chain.contracts, { orchId: chain.orchId, amount: testMinFund - 1n }));
    expect(await join('PA_1')).toBe('FUND_TOO_SMALL');
    await send(fundCall(chain.contracts, { orchId: chain.orchId, amount: 1n }));
    expect(await join('PA_1')).toBe('served');
  });

  it('is served by what was known while the chain is away', async () => {
    expect(await join('PA_1')).toBe('served');
    await chain.chain.anvil.stop();
    expect(await join('PA_2')).toBe('served');
  });
});
