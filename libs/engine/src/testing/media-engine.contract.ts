import { control } from '@chroom/protocol';
import { EngineError } from '../engine-error.js';
import type { MediaEngine, MediaEngineConfig } from '../media-engine.js';

const { TransportRole, DtlsRole, MediaKind } = control;

const ROOM = 'RM_contract';
const fence = { room: ROOM, token: 1n };
const remoteFingerprint = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };
const vp8 = { payloadType: 96, mimeType: 'video/VP8', clockRate: 90_000, rtxPayloadType: 97, nack: true, pli: true };

/** The subset of Jest that the suite needs, so that whoever runs it brings its own. */
export interface TestRunner {
  describe(name: string, body: () => void): void;
  it(name: string, body: () => Promise<void>): void;
  afterEach(body: () => Promise<void>): void;
  // biome-ignore lint/suspicious/noExplicitAny: Jest's matchers, whichever version runs them
  expect: any;
}

/** What every implementation of MediaEngine does; run against the real one and against whatever stands in for it. */
export function describeMediaEngineContract(
  name: string,
  open: (config?: MediaEngineConfig) => Promise<MediaEngine>,
  { describe, it, afterEach, expect }: TestRunner,
): void {
  describe(`MediaEngine contract: ${name}`, () => {
    const opened: MediaEngine[] = [];
    const openOne = async (config?: MediaEngineConfig): Promise<MediaEngine> => {
      const engine = await open(config);
      opened.push(engine);
      return engine;
    };
    afterEach(async () => {
      for (const engine of opened.splice(0)) await engine.close();
    });

    const withSessions = async (): Promise<MediaEngine> => {
      const engine = await openOne();
      for (const session of ['PA_alice', 'PA_bob']) {
        await engine.createSession({
          fence,
          session,
          identity: session.slice(3),
          canPublishData: true,
          canSubscribe: true,
        });
        await engine.createTransport({ fence, session, role: TransportRole.PUBLISHER });
      }
      return engine;
    };
    const publishCamera = (engine: MediaEngine) =>
      engine.publish({
        fence,
        session: 'PA_alice',
        role: TransportRole.PUBLISHER,
        track: 'TR_camera',
        kind: MediaKind.VIDEO,
        mid: '3',
        codecs: [vp8],
        encodings: [
          { rid: 'q', quality: 0 },
          { rid: 'h', quality: 1 },
        ],
      });
    const subscribeCamera = (engine: MediaEngine) =>
      engine.subscribe({
        fence,
        session: 'PA_bob',
        role: TransportRole.PUBLISHER,
        track: 'TR_camera',
        mid: '1',
        payloads: [{ published: 96, subscribed: 100, subscribedRtx: 101 }],
        maxQuality: 2,
      });

    it('gives ICE credentials, candidates on its ports and a fingerprint for a new transport', async () => {
      const engine = await openOne();
      await engine.createSession({ fence, session: 'PA_alice', identity: 'alice' });
      const transport = await engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
      expect(transport.ice?.usernameFragment.length).toBeGreaterThanOrEqual(4);
      expect(transport.ice?.password.length).toBeGreaterThanOrEqual(22);
      expect(transport.candidates).toHaveLength(1);
      expect(transport.candidates[0]).toMatchObject({
        protocol: 'udp',
        address: '127.0.0.1',
        port: engine.udpPorts[0],
      });
      expect(transport.candidates[0]?.priority).toBeGreaterThan(0);
      expect(transport.fingerprint?.algorithm).toBe('sha-256');
      expect(transport.fingerprint?.value).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
    });

    it('answers a repeated createSession and createTransport like the first', async () => {
      const engine = await openOne();
      await engine.createSession({ fence, session: 'PA_alice', identity: 'alice' });
      await engine.createSession({ fence, session: 'PA_alice', identity: 'alice', hidden: true });
      const first = await engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
      const second = await engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
      expect(second).toEqual(first);
      await expect(engine.createSession({ fence, session: 'PA_alice', identity: 'mallory' })).rejects.toMatchObject({
        code: 'ALREADY_EXISTS',
        field: 'session',
      });
    });

    it('restarts ICE with new credentials', async () => {
      const engine = await withSessions();
      const before = await engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
      const after = await engine.restartIce({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
      expect(after.ice?.usernameFragment).not.toBe(before.ice?.usernameFragment);
    });

    it('connects a transport, and again with more header extensions', async () => {
      const engine = await withSessions();
      const request = {
        fence,
        session: 'PA_alice',
        role: TransportRole.PUBLISHER,
        remoteIce: { usernameFragment: 'abcd', password: 'a'.repeat(22) },
        remoteFingerprints: [remoteFingerprint],
        localDtlsRole: DtlsRole.SERVER,
        headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 }],
        remoteSctpPort: 5000,
        remoteMaxMessageBytes: 64_000,
      };
      await engine.connectTransport(request);
      request.headerExtensions.push({ uri: 'urn:ietf:params:rtp-hdrext:ssrc-audio-level', id: 1 });
      await engine.connectTransport(request);
      const { transports } = await engine.describeSession({ fence, session: 'PA_alice' });
      expect(transports[0]?.headerExtensions).toHaveLength(2);
      expect(transports[0]?.state).toBe(control.TransportState.NEW);
    });

    it('chooses SSRCs for a subscription, the same for the same request', async () => {
      const engine = await withSessions();
      await publishCamera(engine);
      const first = await subscribeCamera(engine);
      expect(first.ssrc).not.toBe(0);
      expect(first.rtxSsrc).not.toBe(0);
      expect(first.ssrc).not.toBe(first.rtxSsrc);
      expect(await subscribeCamera(engine)).toEqual(first);
    });

    it('describes a session as it was made', async () => {
      const engine = await withSessions();
      await publishCamera(engine);
      const { ssrc } = await subscribeCamera(engine);
      await engine.updatePublication({ fence, session: 'PA_alice', track: 'TR_camera', muted: true });
      await engine.updateSubscription({ fence, session: 'PA_bob', track: 'TR_camera', paused: true, maxQuality: 1 });
      const alice = await engine.describeSession({ fence, session: 'PA_alice' });
      const bob = await engine.describeSession({ fence, session: 'PA_bob' });
      expect(alice.summary).toMatchObject({ room: ROOM, session: 'PA_alice', identity: 'alice' });
      expect(alice.publications[0]).toMatchObject({ track: 'TR_camera', mid: '3', muted: true, kind: MediaKind.VIDEO });
      expect(alice.publications[0]?.codecs[0]).toMatchObject(vp8);
      expect(alice.publications[0]?.encodings.map(({ rid }) => rid)).toEqual(['q', 'h']);
      expect(bob.subscriptions[0]).toMatchObject({ track: 'TR_camera', mid: '1', ssrc, paused: true, maxQuality: 1 });
    });

    it('ends subscriptions with their track, and everything with its session', async () => {
      const engine = await withSessions();
      await publishCamera(engine);
      await subscribeCamera(engine);
      await engine.unpublish({ fence, session: 'PA_alice', track: 'TR_camera' });
      expect((await engine.describeSession({ fence, session: 'PA_bob' })).subscriptions).toEqual([]);
      const { finalStatistics } = await engine.closeSession({ fence, session: 'PA_alice' });
      expect(finalStatistics).toMatchObject({ session: 'PA_alice', rxPackets: 0n });
      await expect(engine.describeSession({ fence, session: 'PA_alice' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });

    it('closes a room with all its sessions, also one that is not there', async () => {
      const engine = await withSessions();
      const { finalStatistics } = await engine.closeRoom({ fence });
      expect(finalStatistics.map(({ session }) => session).sort()).toEqual(['PA_alice', 'PA_bob']);
      expect((await engine.closeRoom({ fence })).finalStatistics).toEqual([]);
      await engine.createSession({ fence, session: 'PA_alice', identity: 'alice' });
      expect(engine.counters().sessions_opened).toBeDefined();
    });

    it('says what was not found, by field', async () => {
      const engine = await withSessions();
      const unknownRoom = { room: 'RM_other', token: 1n };
      await expect(engine.describeSession({ fence: unknownRoom, session: 'PA_alice' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        field: 'room',
      });
      await expect(engine.closeSession({ fence, session: 'PA_carol' })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        field: 'session',
      });
      await expect(
        engine.restartIce({ fence, session: 'PA_alice', role: TransportRole.SUBSCRIBER }),
      ).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'role' });
      await expect(subscribeCamera(engine)).rejects.toMatchObject({ code: 'NOT_FOUND', field: 'track' });
    });

    it('refuses wrong arguments in words before anything happens', async () => {
      const engine = await withSessions();
      const error: unknown = await engine.createSession({ fence, session: '', identity: 'x' }).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(EngineError);
      expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'session' });
      expect((error as EngineError).message).toMatch(/expected .* for session, received ""/);
      await expect(engine.createTransport({ fence, session: 'PA_alice' })).rejects.toMatchObject({ field: 'role' });
      await expect(engine.sendData({ fence, packet: new Uint8Array(64_001) })).rejects.toMatchObject({
        field: 'packet',
      });
      await expect(open({ workers: 0 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', field: 'workers' });
      await expect(open({ bindAddresses: ['localhost'] })).rejects.toMatchObject({ field: 'bindAddresses' });
    });

    it('keeps the order of calls of one room without waiting for each answer', async () => {
      const engine = await openOne();
      const calls = [engine.createSession({ fence, session: 'PA_alice', identity: 'alice' })] as Promise<unknown>[];
      calls.push(engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER }));
      calls.push(publishCamera(engine));
      calls.push(engine.unpublish({ fence, session: 'PA_alice', track: 'TR_camera' }));
      calls.push(publishCamera(engine));
      await Promise.all(calls);
      expect((await engine.describeSession({ fence, session: 'PA_alice' })).publications).toHaveLength(1);
    });

    it('bounds sessions per worker', async () => {
      const engine = await openOne({ workers: 1, limits: { sessionsPerWorker: 2 } });
      await engine.createSession({ fence, session: 'PA_1', identity: '1' });
      await engine.createSession({ fence, session: 'PA_2', identity: '2' });
      await expect(engine.createSession({ fence, session: 'PA_3', identity: '3' })).rejects.toMatchObject({
        code: 'LIMIT_EXCEEDED',
      });
      await engine.closeSession({ fence, session: 'PA_1' });
      await engine.createSession({ fence, session: 'PA_3', identity: '3' });
    });

    it('tells that a transport was closed', async () => {
      const engine = await withSessions();
      const closed = new Promise<control.Event>((resolve) => {
        engine.events.subscribe((batch) => {
          for (const event of batch) {
            if (event.kind.case === 'transportState' && event.kind.value.state === control.TransportState.CLOSED)
              resolve(event);
          }
        });
      });
      await engine.closeSession({ fence, session: 'PA_alice' });
      expect(await closed).toMatchObject({ room: ROOM, session: 'PA_alice', number: 0n });
    });

    it('spreads rooms over workers and tells their load', async () => {
      const engine = await openOne({ workers: 2 });
      expect(new Set(engine.udpPorts).size).toBe(2);
      const ports = new Set<number | undefined>();
      for (const room of ['RM_1', 'RM_2']) {
        await engine.createSession({ fence: { room, token: 1n }, session: 'PA_1', identity: '1' });
        const transport = await engine.createTransport({
          fence: { room, token: 1n },
          session: 'PA_1',
          role: TransportRole.PUBLISHER,
        });
        ports.add(transport.candidates[0]?.port);
      }
      expect(ports.size).toBe(2);
      expect(engine.load()).toMatchObject({ workers: 2 });
    });

    it('rejects open calls and later ones when it is closed, twice without harm', async () => {
      const engine = await withSessions();
      const open = engine.describeSession({ fence, session: 'PA_alice' }).catch((error: unknown) => error);
      await engine.close();
      await engine.close();
      const outcome = await open;
      if (outcome instanceof EngineError) expect(outcome.code).toBe('CLOSED');
      await expect(engine.describeSession({ fence, session: 'PA_alice' })).rejects.toMatchObject({ code: 'CLOSED' });
    });

    it('says which port cannot be had', async () => {
      const engine = await openOne();
      const udpPort = engine.udpPorts[0] as number;
      await expect(open({ workers: 1, udpPort })).rejects.toMatchObject({ code: 'SYSTEM', field: 'bind_addresses' });
    });
  });
}
