import { create } from '@bufbuild/protobuf';
import { control, fromRpcError, type LeafDelivery } from '@chroom/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettlementClient } from '../receipts/settlement-client.js';
import { type ControlNetwork, startControlNetwork, testUnsignedLimits } from '../testing/control-network.js';
import { FakeEngine } from '../testing/fake-engine.js';

class FakeSettlement extends SettlementClient {
  override async deliver(): Promise<LeafDelivery> {
    return { kept: 1, known: 0, refused: [] };
  }
}

const fence = { room: 'RM_1', token: 5n };

describe('an orchestrator that has stopped signing', () => {
  let engine: FakeEngine;
  let network: ControlNetwork;
  let ann: Awaited<ReturnType<ControlNetwork['orchestrator']>>;
  beforeEach(async () => {
    engine = new FakeEngine();
    network = await startControlNetwork(engine, new FakeSettlement());
    ann = await network.orchestrator(1n);
    await lease();
    await join('PA_1');
    const value = create(control.SessionStatisticsSchema, { session: 'PA_1', txBytes: 1n << 31n });
    engine.emit('RM_1', 'PA_1', { case: 'statistics', value });
  });
  afterEach(() => network.close());

  const lease = () =>
    ann.client.acquireLease({
      fence,
      leaseId: 'a',
      demand: { egressBps: 1n, packetsPerSecond: 1n, sessions: 4 },
      ttlMs: 10_000,
    });
  const join = (session: string) => ann.client.createSession({ fence, session, identity: session });
  const passTheLimit = async () => {
    network.clock.timeMs += testUnsignedLimits.maxMs;
    await lease();
  };

  it('gets no new session, and keeps those that run', async () => {
    await passTheLimit();
    const refusal = await join('PA_2').catch((error: unknown) => fromRpcError(error)?.code);
    expect(refusal).toBe('RECEIPTS_MISSING');
    await ann.client.updateSession({ fence, session: 'PA_1', canSubscribe: true });
    expect((await ann.client.listSessions({ room: '' })).sessions.map(({ session }) => session)).toEqual(['PA_1']);
  });

  it('is served again once a receipt comes', async () => {
    await passTheLimit();
    const leaf = Buffer.alloc(358);
    leaf.writeBigUInt64BE(7n, 32);
    leaf.writeBigUInt64BE(1n, 40);
    await ann.client.deliverReceipts({ leaves: new Uint8Array(leaf) });
    await join('PA_2');
  });
});
