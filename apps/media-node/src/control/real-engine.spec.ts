import { type MediaEngine, openMediaEngine } from '@chroom/engine';
import { control, fromRpcError } from '@chroom/protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ControlNetwork, startControlNetwork } from '../testing/control-network.js';

const { PUBLISHER, SUBSCRIBER } = control.TransportRole;
const room = 'RM_real';
const fence = { room, token: 1n };
const opus = { payloadType: 111, mimeType: 'audio/opus', clockRate: 48_000, channels: 2 };
const alice = { fence, session: 'PA_alice' };
const bob = { fence, session: 'PA_bob' };

describe('the control API over the native engine', () => {
  let engine: MediaEngine;
  let network: ControlNetwork;
  let client: Awaited<ReturnType<ControlNetwork['orchestrator']>>['client'];
  beforeAll(async () => {
    engine = await openMediaEngine({ workers: 1 });
    network = await startControlNetwork(engine);
    ({ client } = await network.orchestrator(1n));
    await client.acquireLease({ fence, leaseId: 'lease', demand: { sessions: 4 }, ttlMs: 60_000 });
    await client.createSession({ ...alice, identity: 'alice', canPublishData: true, canSubscribe: true });
    await client.createSession({ ...bob, identity: 'bob', canPublishData: true, canSubscribe: true });
  });
  afterAll(async () => {
    await network.close();
    await engine.close();
  });
  const codeOf = async (call: Promise<unknown>) =>
    fromRpcError(
      await call.then(
        () => undefined,
        (error: unknown) => error,
      ),
    )?.code;

  it('gives ICE and DTLS parameters with a candidate on its own port', async () => {
    const transport = await client.createTransport({ ...alice, role: PUBLISHER });
    expect(transport.candidates[0]?.port).toBe(engine.udpPorts[0]);
    expect(transport.fingerprint).toMatchObject({
      algorithm: 'sha-256',
      value: expect.stringMatching(/^([0-9A-F]{2}:){31}/),
    });
    expect(transport.ice?.usernameFragment.length).toBeGreaterThanOrEqual(4);
  });

  it('connects a publication to a subscription and describes both sides', async () => {
    await client.createTransport({ ...alice, role: PUBLISHER });
    await client.createTransport({ ...bob, role: SUBSCRIBER });
    const kind = control.MediaKind.AUDIO;
    await client.publish({
      ...alice,
      role: PUBLISHER,
      track: 'TR_voice',
      mid: '0',
      kind,
      codecs: [opus],
      encodings: [{ ssrc: 1234 }],
    });
    const payloads = [{ published: 111, subscribed: 96 }];
    const { ssrc } = await client.subscribe({ ...bob, role: SUBSCRIBER, track: 'TR_voice', mid: '1', payloads });
    await client.storeSessionState({ ...bob, state: new Uint8Array([7]) });
    expect((await client.describeSession(alice)).publications).toEqual([
      expect.objectContaining({ track: 'TR_voice', mid: '0' }),
    ]);
    expect(await client.describeSession(bob)).toMatchObject({
      summary: { room, session: 'PA_bob', identity: 'bob' },
      state: new Uint8Array([7]),
      subscriptions: [{ track: 'TR_voice', mid: '1', ssrc }],
    });
  });

  it('maps what the engine refuses to codes of the catalog', async () => {
    expect(await codeOf(client.unpublish({ ...alice, track: 'TR_none' }))).toBe('TRACK_UNKNOWN');
    expect(await codeOf(client.restartIce({ ...alice, role: SUBSCRIBER }))).toBe('TRANSPORT_UNKNOWN');
    expect(await codeOf(client.createTransport({ ...alice, role: 0 }))).toBe('INVALID_ARGUMENT');
    expect(await codeOf(client.describeSession({ fence, session: 'PA_none' }))).toBe('SESSION_UNKNOWN');
  });

  it('closes a session with its statistics, and reports counters of the engine', async () => {
    expect((await client.closeSession(bob)).finalStatistics?.session).toBe('PA_bob');
    expect(await codeOf(client.closeSession(bob))).toBe('SESSION_UNKNOWN');
    const metrics = await network.metrics.metrics();
    expect(metrics).toMatch(/chroom_engine_total\{counter="sessions_opened",app="spec"\} 2/);
    expect(metrics).toMatch(/chroom_engine_total\{counter="sessions_closed",app="spec"\} 1/);
  });
});
