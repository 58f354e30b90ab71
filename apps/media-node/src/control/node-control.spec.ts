import { connect as connectHttp2, type IncomingHttpHeaders } from 'node:http2';
import { control, createTlsIdentity, fromRpcError, type TlsIdentity } from '@chroom/protocol';
import { Code, ConnectError } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ControlNetwork, startControlNetwork } from '../testing/control-network.js';
import { FakeEngine } from '../testing/fake-engine.js';

const PUBLISHER = control.TransportRole.PUBLISHER;
const SUBSCRIBER = control.TransportRole.SUBSCRIBER;
const room = 'RM_1';
const session = 'PA_1';
const fence = { room, token: 5n };

type Orchestrator = Awaited<ReturnType<ControlNetwork['orchestrator']>>;

/** Status and code of the refusal that a call must end with. */
async function refusal(call: Promise<unknown>): Promise<[Code, string | undefined]> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof ConnectError)) throw new Error(`expected a refusal, got ${error}`);
  return [error.code, fromRpcError(error)?.code];
}

describe('the control API of a media node', () => {
  let engine: FakeEngine;
  let network: ControlNetwork;
  let ann: Orchestrator;
  let bob: Orchestrator;
  beforeEach(async () => {
    engine = new FakeEngine();
    network = await startControlNetwork(engine);
    ann = await network.orchestrator(1n);
    bob = await network.orchestrator(2n);
  });
  afterEach(() => network.close());

  const lease = (by: Orchestrator, changes: Record<string, unknown> = {}) =>
    by.client.acquireLease({
      fence,
      leaseId: `lease of ${fence.room}`,
      demand: { egressBps: 1_000_000n, packetsPerSecond: 100n, sessions: 4 },
      ttlMs: 10_000,
      ...changes,
    });
  const join = (by: Orchestrator, name = session) =>
    by.client.createSession({ fence, session: name, identity: `${name} id` });
  const passTime = async (durationMs: number) => {
    network.clock.timeMs += durationMs;
    await network.sweep.run();
  };

  describe('who may call', () => {
    it('answers an orchestrator whose key is announced', async () => {
      expect(await ann.client.describeNode({})).toMatchObject({
        nodeId: 7n,
        softwareVersion: '0.0.0',
        capacity: { sessions: 10 },
      });
    });

    it('refuses another key with a coded error', async () => {
      const stranger = network.connect(await createTlsIdentity());
      expect(await refusal(stranger.describeNode({}))).toEqual([Code.Unauthenticated, 'TLS_KEY_MISMATCH']);
      expect(await network.metrics.getSingleMetricAsString('chroom_node_control_refused_total')).toContain(' 1');
    });

    it('is refused by an orchestrator that expects another key of it', async () => {
      const { spkiSha256 } = await createTlsIdentity();
      const deceived = network.connect(ann.identity, spkiSha256);
      expect(await refusal(deceived.describeNode({}))).toEqual([Code.Unauthenticated, 'TLS_KEY_MISMATCH']);
    });

    it('ends the access of a key that is no longer announced, on the open connection', async () => {
      await ann.client.describeNode({});
      ann.withdraw();
      expect(await refusal(ann.client.describeNode({}))).toEqual([Code.Unauthenticated, 'TLS_KEY_MISMATCH']);
    });

    it('does not speak to a peer without a certificate, nor below TLS 1.3', async () => {
      const nobody: TlsIdentity = { privateKeyPem: '', certificatePem: '', spkiSha256: '0x' };
      const [code] = await refusal(network.connect(nobody).describeNode({}));
      expect(code).not.toBe(Code.Unimplemented);
      await expect(connectTls(network.url, 'TLSv1.2')).rejects.toThrow(/protocol version|alert/i);
    });
  });

  describe('malformed calls', () => {
    it.each([
      ['bytes that are no protobuf', Code.Internal, Buffer.from([0, 0, 0, 0, 3, 0xff, 0xff, 0xff])],
      ['a message that ends early', Code.InvalidArgument, Buffer.from([0, 0, 0, 0, 9, 1])],
      ['a length of 4 GB', Code.ResourceExhausted, Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1])],
    ])('refuses %s and goes on serving', async (_, code, body) => {
      const status = await rawCall(network.url, ann.identity, '/chroom.node.v1.NodeControl/CreateSession', body);
      expect(status).toBe(String(code));
      expect((await ann.client.describeNode({})).nodeId).toBe(7n);
    });

    it('says UNIMPLEMENTED, not more, to an unknown method', async () => {
      const status = await rawCall(network.url, ann.identity, '/chroom.node.v1.NodeControl/Shell', Buffer.alloc(5));
      expect(status).toBe(String(Code.Unimplemented));
    });
  });

  describe('leases', () => {
    it('grants until the node is full, names what is missing, and counts again after release', async () => {
      await lease(ann);
      const full = lease(bob, { fence: { room: 'RM_2', token: 1n }, leaseId: 'b', demand: { sessions: 7 } });
      expect(await refusal(full)).toEqual([Code.ResourceExhausted, 'NO_CAPACITY']);
      await ann.client.releaseLease({ leaseId: `lease of ${room}` });
      const { load } = await lease(bob, { fence: { room: 'RM_2', token: 1n }, leaseId: 'b', demand: { sessions: 7 } });
      expect(load?.leased?.sessions).toBe(7);
    });

    it('admits no session without a live lease, and none after it has ended', async () => {
      expect(await refusal(join(ann))).toEqual([Code.NotFound, 'LEASE_UNKNOWN']);
      await lease(ann);
      await join(ann);
      network.clock.timeMs += 10_000;
      expect(await refusal(join(ann, 'PA_2'))).toEqual([Code.NotFound, 'LEASE_UNKNOWN']);
    });

    it('keeps running sessions when their lease ends, and counts them against new leases', async () => {
      await lease(ann);
      await join(ann);
      await join(ann, 'PA_2');
      network.clock.timeMs += 10_000;
      expect((await ann.client.listSessions({ room: '' })).sessions).toHaveLength(2);
      const tooMuch = lease(bob, { fence: { room: 'RM_2', token: 1n }, leaseId: 'b', demand: { sessions: 9 } });
      expect(await refusal(tooMuch)).toEqual([Code.ResourceExhausted, 'NO_CAPACITY']);
    });

    it('renews what is held and names what is not', async () => {
      await lease(ann);
      network.clock.timeMs += 9000;
      const { unknownLeaseIds } = await ann.client.renewLease({
        leaseIds: [`lease of ${room}`, 'gone'],
        ttlMs: 10_000,
      });
      expect(unknownLeaseIds).toEqual(['gone']);
      network.clock.timeMs += 9000;
      await join(ann);
    });

    it('gives no new lease while its busiest worker is loaded while it drains or while its disk is full', async () => {
      engine.currentLoad = { ...engine.currentLoad, cpuPermille: 800 };
      expect(await refusal(lease(ann))).toEqual([Code.ResourceExhausted, 'NO_CAPACITY']);
      engine.currentLoad = { ...engine.currentLoad, cpuPermille: 10 };
      network.draining.isDraining = true;
      expect(await refusal(lease(ann))).toEqual([Code.ResourceExhausted, 'NO_CAPACITY']);
      network.draining.isDraining = false;
      await lease(ann);
      network.disk.problem = 'the disk of /data is 95 % full';
      const other = { fence: { room: 'RM_2', token: 1n }, leaseId: 'b' };
      expect(await refusal(lease(bob, other))).toEqual([Code.ResourceExhausted, 'NO_CAPACITY']);
      await expect(lease(bob, other)).rejects.toThrow('the disk of /data is 95 % full. Use another node.');
      // A room that is here goes on, with new sessions in its lease.
      await lease(ann);
      await join(ann);
    });
  });

  describe('fences', () => {
    it('refuses the former owner in every call once a higher token came', async () => {
      await lease(ann);
      await join(ann);
      await bob.client.describeSession({ fence: { room, token: 6n }, session });
      const stale: [Code, string] = [Code.FailedPrecondition, 'FENCE_STALE'];
      expect(await refusal(ann.client.closeSession({ fence, session }))).toEqual(stale);
      expect(await refusal(ann.client.createTransport({ fence, session, role: PUBLISHER }))).toEqual(stale);
      expect(await refusal(ann.client.sendData({ fence, packet: new Uint8Array(1) }))).toEqual(stale);
      expect(await refusal(ann.client.closeRoom({ fence }))).toEqual(stale);
      expect((await bob.client.listSessions({ room: '' })).sessions).toEqual([
        expect.objectContaining({ room, session }),
      ]);
      expect((await ann.client.listSessions({ room: '' })).sessions).toEqual([]);
      const denied = [Code.PermissionDenied, 'PERMISSION_DENIED'];
      expect(await refusal(ann.client.listSessions({ room }))).toEqual(denied);
    });

    it('refuses a call without a fence', async () => {
      expect(await refusal(ann.client.createSession({ session, identity: 'a' }))).toEqual([
        Code.InvalidArgument,
        'INVALID_ARGUMENT',
      ]);
    });
  });

  describe('sessions', () => {
    beforeEach(async () => {
      await lease(ann);
      await join(ann);
    });

    it('stores its owner’s state and gives it back with what the engine knows', async () => {
      await ann.client.createTransport({ fence, session, role: PUBLISHER });
      await ann.client.publish({
        fence,
        session,
        role: PUBLISHER,
        track: 'TR_1',
        mid: '0',
        kind: control.MediaKind.AUDIO,
      });
      await ann.client.storeSessionState({ fence, session, state: new Uint8Array([1, 2, 3]) });
      const described = await ann.client.describeSession({ fence, session });
      expect([...described.state]).toEqual([1, 2, 3]);
      expect(described).toMatchObject({
        summary: { room, session, identity: 'PA_1 id' },
        transports: [{ role: PUBLISHER }],
        publications: [{ track: 'TR_1', mid: '0' }],
      });
    });

    it('refuses state that is too large', async () => {
      const state = new Uint8Array(64 * 1024 + 1);
      expect(await refusal(ann.client.storeSessionState({ fence, session, state }))).toEqual([
        Code.InvalidArgument,
        'PAYLOAD_TOO_LARGE',
      ]);
    });

    it('refuses a message above the size limit and goes on serving', async () => {
      const state = new Uint8Array(512 * 1024);
      expect((await refusal(ann.client.storeSessionState({ fence, session, state })))[0]).toBe(Code.ResourceExhausted);
      await ann.client.describeSession({ fence, session });
    });

    it('says what is unknown: session, transport, track', async () => {
      const { client } = ann;
      expect(await refusal(client.describeSession({ fence, session: 'PA_9' }))).toEqual([
        Code.NotFound,
        'SESSION_UNKNOWN',
      ]);
      expect(await refusal(client.restartIce({ fence, session, role: SUBSCRIBER }))).toEqual([
        Code.NotFound,
        'TRANSPORT_UNKNOWN',
      ]);
      expect(await refusal(client.unpublish({ fence, session, track: 'TR_9' }))).toEqual([
        Code.NotFound,
        'TRACK_UNKNOWN',
      ]);
      expect(await refusal(client.createSession({ fence, session: 'PA_2' }))).toEqual([
        Code.InvalidArgument,
        'INVALID_ARGUMENT',
      ]);
    });

    it('forwards a track from one session to another', async () => {
      await join(ann, 'PA_2');
      await ann.client.createTransport({ fence, session, role: PUBLISHER });
      await ann.client.publish({ fence, session, role: PUBLISHER, track: 'TR_1', mid: '0' });
      await ann.client.createTransport({ fence, session: 'PA_2', role: SUBSCRIBER });
      const answer = await ann.client.subscribe({ fence, session: 'PA_2', role: SUBSCRIBER, track: 'TR_1', mid: '1' });
      expect(answer.ssrc).toBeGreaterThan(0);
      await ann.client.updateSubscription({ fence, session: 'PA_2', track: 'TR_1', paused: true });
      await ann.client.unsubscribe({ fence, session: 'PA_2', track: 'TR_1' });
      await ann.client.updatePublication({ fence, session, track: 'TR_1', muted: true });
      await ann.client.unpublish({ fence, session, track: 'TR_1' });
    });

    it('closes a session once, with its last statistics', async () => {
      const { finalStatistics } = await ann.client.closeSession({ fence, session });
      expect(finalStatistics).toMatchObject({ session, activeSeconds: 3 });
      expect(await refusal(ann.client.closeSession({ fence, session }))).toEqual([Code.NotFound, 'SESSION_UNKNOWN']);
    });

    it('closes a room with everything in it', async () => {
      await join(ann, 'PA_2');
      expect((await ann.client.closeRoom({ fence })).finalStatistics).toHaveLength(2);
      expect((await ann.client.listSessions({ room })).sessions).toEqual([]);
    });

    it('refuses data that is too large', async () => {
      expect(await refusal(ann.client.sendData({ fence, packet: new Uint8Array(64_001) }))).toEqual([
        Code.InvalidArgument,
        'PAYLOAD_TOO_LARGE',
      ]);
    });
  });

  it('takes receipts of its callers, and says when nobody wants them', async () => {
    const leaves = new Uint8Array(358);
    expect(await ann.client.deliverReceipts({ leaves })).toMatchObject({ notWanted: true, kept: 0 });
    const tooMany = ann.client.deliverReceipts({ leaves: new Uint8Array(501 * 358) });
    expect(await refusal(tooMany)).toEqual([Code.InvalidArgument, 'PAYLOAD_TOO_LARGE']);
    const stranger = network.connect(await createTlsIdentity());
    expect(await refusal(stranger.deliverReceipts({ leaves }))).toEqual([Code.Unauthenticated, 'TLS_KEY_MISMATCH']);
  });

  describe('events', () => {
    const started = (track: string): control.Event['kind'] => ({
      case: 'trackStarted',
      value: { $typeName: 'chroom.node.v1.TrackStarted', track },
    });
    const watch = (by: Orchestrator, cursor = 0n) => {
      const ending = new AbortController();
      const stream = by.client.watchEvents({ cursor }, { signal: ending.signal, timeoutMs: 0 })[Symbol.asyncIterator]();
      return {
        next: async () => (await stream.next()).value as control.Event,
        end: async () => {
          ending.abort();
          await stream.next().catch(() => undefined);
        },
      };
    };
    const until = async (isSo: () => boolean) => {
      while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
    };

    beforeEach(async () => {
      await lease(ann);
      await join(ann);
    });

    it('numbers events and resumes after a cursor without loss or repetition', async () => {
      engine.emit(room, session, started('TR_1'));
      engine.emit(room, session, started('TR_2'));
      const first = watch(ann);
      const [one, two] = [await first.next(), await first.next()];
      expect([two.number - one.number, two.kind.value]).toEqual([1n, expect.objectContaining({ track: 'TR_2' })]);
      await first.end();
      engine.emit(room, session, started('TR_3'));
      const second = watch(ann, two.number);
      expect((await second.next()).kind.value).toMatchObject({ track: 'TR_3' });
      await second.end();
    });

    it('gives each orchestrator the events of its own rooms only', async () => {
      await lease(bob, { fence: { room: 'RM_2', token: 1n }, leaseId: 'b' });
      engine.emit(room, session, started('TR_1'));
      engine.emit('RM_2', 'PA_7', started('TR_2'));
      const watching = watch(bob);
      expect((await watching.next()).room).toBe('RM_2');
      await watching.end();
    });

    it('answers OUT_OF_RANGE to a cursor of which events are lost', async () => {
      const { newestEvent } = await ann.client.describeNode({});
      const watching = watch(ann, newestEvent + 10n);
      expect(await refusal(watching.next())).toEqual([Code.OutOfRange, 'EVENTS_LOST']);
    });

    it('ends sessions 60 s after their owner’s last stream ended, and says so', async () => {
      const watching = watch(ann);
      await until(() => network.rooms.watchers.isWatching(1n));
      await ann.client.updateSession({ fence, session });
      await passTime(600_000);
      expect(engine.load().sessions).toBe(1);
      await watching.end();
      await until(() => !network.rooms.watchers.isWatching(1n));
      await passTime(59_999);
      expect(engine.load().sessions).toBe(1);
      await passTime(1);
      expect(engine.load().sessions).toBe(0);
      const after = watch(ann);
      expect(await after.next()).toMatchObject({
        session,
        kind: { case: 'sessionEnded', value: { reason: 'unclaimed' } },
      });
      await after.end();
    });

    it('keeps sessions that another orchestrator claims by describing them', async () => {
      await passTime(50_000);
      const watching = watch(bob);
      await until(() => network.rooms.watchers.isWatching(2n));
      await bob.client.describeSession({ fence: { room, token: 6n }, session });
      await passTime(600_000);
      expect(engine.load().sessions).toBe(1);
      await watching.end();
    });

    it('bounds the streams of one orchestrator', async () => {
      const streams = [watch(ann), watch(ann), watch(ann), watch(ann)];
      const pending = streams.map((stream) => stream.next().catch(() => undefined));
      await until(() => network.rooms.watchers.size === 4);
      expect(await refusal(watch(ann).next())).toEqual([Code.ResourceExhausted, 'LIMIT_EXCEEDED']);
      await Promise.all(streams.map((stream) => stream.end()));
      await Promise.all(pending);
    });

    it('forgets a session that the engine ended by itself', async () => {
      engine.emit(room, session, {
        case: 'sessionEnded',
        value: { $typeName: 'chroom.node.v1.SessionEnded', reason: 'failed' },
      });
      expect((await ann.client.listSessions({ room })).sessions).toEqual([]);
    });
  });

  it('exposes the engine’s counters and the calls by result', async () => {
    await refusal(ann.client.describeSession({ fence, session }));
    const text = await network.metrics.metrics();
    expect(text).toContain('chroom_engine_total{counter="drop_unknown_session",app="spec"} 3');
    expect(text).toContain(
      'chroom_node_control_calls_total{method="DescribeSession",code="SESSION_UNKNOWN",app="spec"} 1',
    );
  });
});

/** One gRPC request with any bytes as its body; gives the gRPC status, or the HTTP status when there is none. */
function rawCall(
  url: string,
  { privateKeyPem, certificatePem }: TlsIdentity,
  path: string,
  body: Buffer,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const session = connectHttp2(url, { key: privateKeyPem, cert: certificatePem, rejectUnauthorized: false });
    session.once('error', reject);
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status = '';
    const take = (headers: IncomingHttpHeaders) => {
      status = String(headers['grpc-status'] ?? (status || headers[':status']));
    };
    stream.on('response', take);
    stream.on('trailers', take);
    stream.once('error', reject);
    stream.once('close', () => {
      session.close();
      resolve(status);
    });
    stream.resume();
    stream.end(body);
  });
}

async function connectTls(url: string, maxVersion: 'TLSv1.2'): Promise<void> {
  const { connect } = await import('node:tls');
  const { port } = new URL(url);
  await new Promise<void>((resolve, reject) => {
    const socket = connect({
      port: Number(port),
      host: '127.0.0.1',
      maxVersion,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
    });
    socket.once('secureConnect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}
