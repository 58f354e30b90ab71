/// <reference lib="dom" />
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type MediaEngine, openMediaEngine } from '@chroom/engine';
import { control } from '@chroom/protocol';
import {
  answeredExtensions,
  buildAnswer,
  type Description,
  type MediaSection,
  mapPayloads,
  mimeTypeOf,
  type OfferedCodec,
  parseDescription,
  publishableCodecs,
  type SectionUse,
} from '@chroom/signalling';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.mjs';

const { DtlsRole, MediaKind, TransportRole } = control;
const fence = { room: 'RM_browser', token: 1n };
/** Frames that have arrived and wait for their turn when the figures are read: a tenth of a second. */
const mostFramesInDecoder = 3;

/**
 * Two pages of a real Chromium hold a call straight through the engine: no orchestrator, SDP by libs/signalling. Both on
 * one worker, and each on its own.
 */
describe.each([
  { workers: 1, largeRoomSessions: 64 },
  { workers: 2, largeRoomSessions: 1 },
])('Chromium through the engine with $workers worker(s)', (config) => {
  let engine: MediaEngine;
  let server: Server;
  let browser: Browser;
  let alice: Page;
  let bob: Page;
  const events: control.Event[] = [];

  beforeAll(async () => {
    engine = await openMediaEngine(config);
    engine.events.subscribe((batch) => events.push(...batch));
    server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<body></body>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await launchChromium();
    alice = await browser.newPage();
    bob = await browser.newPage();
    await alice.goto(url);
    await bob.goto(url);
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    server?.close();
    await engine?.close();
  }, 30_000);

  it('connects a publisher with simulcast, Opus and data channels', async () => {
    const offer = parse(await alice.evaluate(publisherOffer));
    await createSession('PA_alice');
    const transport = await engine.createTransport({ fence, session: 'PA_alice', role: TransportRole.PUBLISHER });
    const uses = new Map<string, SectionUse>();
    for (const section of offer.sections) {
      if (section.kind === 'application') continue;
      const codecs = publishableCodecs(section, section.kind === 'video' ? 'VP8' : 'opus', false).slice(0, 1);
      uses.set(section.mid, { use: 'publish', codecs, rids: section.sendRids });
      await engine.publish(publishRequest(section, codecs));
    }
    await connect('PA_alice', offer);
    await alice.evaluate(applyAnswer, answer(offer, transport, uses));
    await until(() => states('PA_alice').includes(control.TransportState.CONNECTED));
    await until(() => events.filter((event) => event.kind.case === 'trackStarted').length === 2);
  }, 30_000);

  it('shows the video to a subscriber in the highest layer', async () => {
    const offer = parse(await bob.evaluate(subscriberOffer));
    await createSession('PA_bob');
    const transport = await engine.createTransport({ fence, session: 'PA_bob', role: TransportRole.PUBLISHER });
    await connect('PA_bob', offer);
    const uses = new Map<string, SectionUse>();
    for (const section of offer.sections) {
      if (section.kind === 'application') continue;
      const pairs = mapPayloads(published.get(section.kind) ?? [], section.codecs);
      const { ssrc, rtxSsrc } = await engine.subscribe({
        fence,
        session: 'PA_bob',
        role: TransportRole.PUBLISHER,
        track: trackOf(section),
        mid: section.mid,
        payloads: pairs.map(({ published: sent, receiver }) => ({
          published: sent,
          subscribed: receiver.payloadType,
          subscribedRtx: receiver.rtxPayloadType,
        })),
        maxQuality: 2,
      });
      const stream = { streamId: 'PA_alice', trackId: trackOf(section), cname: 'PA_alice', ssrc, rtxSsrc };
      uses.set(section.mid, { use: 'subscribe', codecs: pairs.map(({ receiver }) => receiver), stream });
    }
    await bob.evaluate(applyAnswer, answer(offer, transport, uses));
    await until(async () => (await bob.evaluate(videoReceived)).height === 720);
  }, 40_000);

  it('sends runs padded to one size that the subscriber decodes without an error, at 24 frames per second or more', async () => {
    const sentBefore = engine.counters();
    const before = await bob.evaluate(videoReceived);
    await until(async () => (await bob.evaluate(videoReceived)).atMs - before.atMs >= 4000);
    const after = await bob.evaluate(videoReceived);
    const sent = engine.counters();
    // Frames of a real encoder are cut into packets that differ by a byte: what follows is about padded runs.
    expect(sent.segments_sent).toBeGreaterThan(sentBefore.segments_sent ?? 0n);
    expect(sent.run_padding_bytes).toBeGreaterThan(sentBefore.run_padding_bytes ?? 0n);
    const seconds = (after.atMs - before.atMs) / 1000;
    expect((after.frames - before.frames) / seconds).toBeGreaterThanOrEqual(24);
    expect(after.framesReceived - after.frames).toBeLessThanOrEqual(mostFramesInDecoder);
    expect(after.audioPackets).toBeGreaterThan(50);
    expect(after.faults).toEqual(before.faults);
    expect(after.lost).toEqual({ video: 0, audio: 0 });
  }, 30_000);

  it('switches to the layer that is asked for', async () => {
    await engine.updateSubscription({ fence, session: 'PA_bob', track: 'TR_video', maxQuality: 0 });
    await until(async () => (await bob.evaluate(videoReceived)).height === 180);
    await engine.updateSubscription({ fence, session: 'PA_bob', track: 'TR_video', maxQuality: 2 });
    await until(async () => (await bob.evaluate(videoReceived)).height === 720);
  }, 30_000);

  it('carries data messages both ways', async () => {
    await until(() => events.filter((event) => event.kind.case === 'dataChannels').length === 2);
    // DataPacket{user{payload}} with 40 kB, which SCTP has to cut into pieces.
    await alice.evaluate(sendData, { label: '_reliable', payloadBytes: 40_000 });
    await bob.evaluate(sendData, { label: '_lossy', payloadBytes: 10 });
    await until(async () => (await bob.evaluate(dataReceived)) > 40_000);
    await until(async () => (await alice.evaluate(dataReceived)) > 10);
  }, 30_000);

  it('goes on over an ICE restart', async () => {
    const offer = parse(await bob.evaluate(restartOffer));
    const { ice } = await engine.restartIce({ fence, session: 'PA_bob', role: TransportRole.PUBLISHER });
    await connect('PA_bob', offer);
    await bob.evaluate(applyRestart, { usernameFragment: ice?.usernameFragment ?? '', password: ice?.password ?? '' });
    const before = await bob.evaluate(videoReceived);
    await until(async () => (await bob.evaluate(videoReceived)).frames >= before.frames + 60);
    expect(states('PA_bob').at(-1)).toBe(control.TransportState.CONNECTED);
  }, 30_000);

  it('reports what it measured', async () => {
    await until(() =>
      events.some(
        (event) => event.kind.case === 'statistics' && event.session === 'PA_bob' && event.kind.value.rttUs > 0,
      ),
    );
    const { subscribed } = await engine.sessionStatistics({ room: fence.room, session: 'PA_bob' });
    const video = subscribed.find(({ track }) => track === 'TR_video');
    expect(video?.bitrateBps).toBeGreaterThan(200_000);
    const statistics = await engine.sessionStatistics({ room: fence.room, session: 'PA_alice' });
    expect(statistics.published.find(({ track }) => track === 'TR_video')?.framesPerSecond).toBeGreaterThanOrEqual(24);
    await until(() => speakers().some(({ session, active, level }) => session === 'PA_alice' && active && level > 0));
    const counters = engine.counters();
    expect(counters['drop.srtp_auth_failed']).toBe(0n);
    expect(counters['drop.rtp_unknown_ssrc']).toBe(0n);
    // Everybody on a worker of their own, where there are two: what alice sends has passed from one to the other.
    expect(engine.workerCounters().map(({ gauge_sessions }) => gauge_sessions)).toEqual(
      config.workers === 1 ? [2n] : [1n, 1n],
    );
    const passedOn = counters.link_packets_received ?? 0n;
    expect(passedOn > 0n).toBe(config.workers > 1);
    expect(counters['drop.worker_ring_full']).toBe(0n);
  }, 30_000);

  const published = new Map<string, readonly OfferedCodec[]>();

  function publishRequest(section: MediaSection, codecs: readonly OfferedCodec[]) {
    published.set(section.kind, codecs);
    const rids = section.sendRids.length > 0 ? section.sendRids : [''];
    return {
      fence,
      session: 'PA_alice',
      role: TransportRole.PUBLISHER,
      track: trackOf(section),
      kind: section.kind === 'video' ? MediaKind.VIDEO : MediaKind.AUDIO,
      mid: section.mid,
      codecs: codecs.map((codec) => ({
        payloadType: codec.payloadType,
        mimeType: mimeTypeOf(section.kind, codec),
        clockRate: codec.clockRate,
        channels: codec.channels,
        fmtp: codec.fmtp,
        rtxPayloadType: codec.rtxPayloadType,
        nack: codec.feedback.includes('nack'),
        pli: codec.feedback.includes('nack pli'),
        transportCc: codec.feedback.includes('transport-cc'),
      })),
      encodings: rids.map((rid) => ({
        rid,
        quality: rid === '' ? 2 : ['q', 'h', 'f'].indexOf(rid),
        ssrc: rid === '' ? (section.ssrcs[0]?.ssrc ?? 0) : 0,
        rtxSsrc: rid === '' ? (section.ssrcs[0]?.rtxSsrc ?? 0) : 0,
      })),
    };
  }

  function createSession(session: string) {
    return engine.createSession({ fence, session, identity: session, canPublishData: true, canSubscribe: true });
  }

  function connect(session: string, offer: Description) {
    return engine.connectTransport({
      fence,
      session,
      role: TransportRole.PUBLISHER,
      remoteIce: offer.ice,
      remoteFingerprints: [...offer.fingerprints],
      localDtlsRole: DtlsRole.SERVER,
      headerExtensions: answeredExtensions(offer),
      remoteSctpPort: 5000,
      remoteMaxMessageBytes: 64_000,
    });
  }

  function answer(
    offer: Description,
    transport: control.CreateTransportResponse,
    uses: ReadonlyMap<string, SectionUse>,
  ): string {
    const { ice, fingerprint, candidates } = transport;
    if (!ice || !fingerprint) throw new Error('expected ICE and DTLS parameters from createTransport, received none');
    return buildAnswer({
      offer,
      transport: { ice, fingerprint, candidates },
      sessionId: 1n,
      sessionVersion: 1,
      uses,
      maxMessageBytes: 64_000,
    });
  }

  function speakers(): control.Speaker[] {
    return events.flatMap((event) => (event.kind.case === 'speakers' ? event.kind.value.speakers : []));
  }

  function states(session: string): control.TransportState[] {
    return events.flatMap((event) =>
      event.session === session && event.kind.case === 'transportState' ? [event.kind.value.state] : [],
    );
  }
});

function parse(sdp: string): Description {
  return parseDescription(sdp);
}

function trackOf(section: MediaSection): string {
  return `TR_${section.kind}`;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`expected within 15 s: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

// ---- what runs in the pages ----

interface PageState {
  peer: RTCPeerConnection;
  channels: RTCDataChannel[];
  dataBytes: number;
}
declare global {
  var page: PageState;
}

async function publisherOffer(): Promise<string> {
  const peer = new RTCPeerConnection();
  globalThis.page = { peer, channels: [], dataBytes: 0 };
  for (const [label, options] of Object.entries({
    _reliable: {},
    _lossy: { ordered: false, maxRetransmits: 0 },
    _data_track: { ordered: false, maxRetransmits: 0 },
  })) {
    const channel = peer.createDataChannel(label, options);
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => {
      globalThis.page.dataBytes += data.byteLength;
    };
    globalThis.page.channels.push(channel);
  }
  const media = await navigator.mediaDevices.getUserMedia({ video: { width: 1280, height: 720, frameRate: 30 } });
  // A tone instead of the fake microphone, whose beeps are too short to count as speech.
  const context = new AudioContext();
  const loudspeaker = context.createMediaStreamDestination();
  const tone = new OscillatorNode(context, { frequency: 440 });
  tone.connect(loudspeaker);
  tone.start();
  const [video] = media.getVideoTracks();
  const [audio] = loudspeaker.stream.getAudioTracks();
  if (!video || !audio) throw new Error('expected a camera and a tone');
  peer.addTransceiver(audio, { direction: 'sendonly', streams: [media] });
  peer.addTransceiver(video, {
    direction: 'sendonly',
    streams: [media],
    sendEncodings: [
      { rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150_000 },
      { rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500_000 },
      { rid: 'f', maxBitrate: 1_700_000 },
    ],
  });
  await peer.setLocalDescription();
  return peer.localDescription?.sdp ?? '';
}

async function subscriberOffer(): Promise<string> {
  const peer = new RTCPeerConnection();
  globalThis.page = { peer, channels: [], dataBytes: 0 };
  for (const [label, options] of Object.entries({
    _reliable: {},
    _lossy: { ordered: false, maxRetransmits: 0 },
    _data_track: { ordered: false, maxRetransmits: 0 },
  })) {
    const channel = peer.createDataChannel(label, options);
    channel.binaryType = 'arraybuffer';
    channel.onmessage = ({ data }) => {
      globalThis.page.dataBytes += data.byteLength;
    };
    globalThis.page.channels.push(channel);
  }
  peer.addTransceiver('audio', { direction: 'recvonly' });
  peer.addTransceiver('video', { direction: 'recvonly' });
  peer.ontrack = ({ track, streams }) => {
    const element = document.createElement(track.kind) as HTMLMediaElement;
    element.autoplay = true;
    element.muted = true;
    element.srcObject = streams[0] ?? new MediaStream([track]);
    document.body.append(element);
  };
  await peer.setLocalDescription();
  return peer.localDescription?.sdp ?? '';
}

async function applyAnswer(sdp: string): Promise<void> {
  await globalThis.page.peer.setRemoteDescription({ type: 'answer', sdp });
}

async function restartOffer(): Promise<string> {
  await globalThis.page.peer.setLocalDescription(await globalThis.page.peer.createOffer({ iceRestart: true }));
  return globalThis.page.peer.localDescription?.sdp ?? '';
}

async function applyRestart(ice: { usernameFragment: string; password: string }): Promise<void> {
  const { peer } = globalThis.page;
  const sdp = (peer.currentRemoteDescription?.sdp ?? '')
    .replace(/a=ice-ufrag:.*/g, `a=ice-ufrag:${ice.usernameFragment}`)
    .replace(/a=ice-pwd:.*/g, `a=ice-pwd:${ice.password}`);
  await peer.setRemoteDescription({ type: 'answer', sdp });
}

async function videoReceived() {
  let [frames, framesReceived, height, audioPackets] = [0, 0, 0, 0];
  const lost = { video: 0, audio: 0 };
  // What a packet that is no valid RTP, or a frame that cannot be decoded, leads to.
  const faults = { pli: 0, nack: 0, freezes: 0, framesDropped: 0, discardedVideo: 0, discardedAudio: 0 };
  for (const report of (await globalThis.page.peer.getStats()).values()) {
    if (report.type !== 'inbound-rtp') continue;
    if (report.kind === 'audio') {
      audioPackets = report.packetsReceived;
      lost.audio = report.packetsLost;
      faults.discardedAudio = report.packetsDiscarded ?? 0;
    } else {
      frames = report.framesDecoded ?? 0;
      framesReceived = report.framesReceived ?? 0;
      height = report.frameHeight ?? 0;
      lost.video = report.packetsLost;
      faults.discardedVideo = report.packetsDiscarded ?? 0;
      faults.pli = report.pliCount;
      faults.nack = report.nackCount;
      faults.freezes = report.freezeCount ?? 0;
      faults.framesDropped = report.framesDropped ?? 0;
    }
  }
  return { frames, framesReceived, height, audioPackets, lost, faults, atMs: performance.now() };
}

async function sendData({ label, payloadBytes }: { label: string; payloadBytes: number }): Promise<void> {
  const varint = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]);
  const user = [0x12, ...varint(payloadBytes), ...new Array(payloadBytes).fill(7)];
  const packet = new Uint8Array([0x12, ...varint(user.length), ...user]);
  globalThis.page.channels.find((channel) => channel.label === label)?.send(packet);
}

async function dataReceived(): Promise<number> {
  return globalThis.page.dataBytes;
}
