// A server that speaks LiveKit's signalling: WebSocket with protobuf, two peer connections per participant (`/rtc`), of which
// each participant here uses one: the publisher offers, subscribers are offered to.
import { once } from 'node:events';
import { setInterval } from 'node:timers';
import { SignalRequest, SignalResponse, TrackSource, TrackType, VideoQuality } from '@livekit/protocol';
import { AccessToken } from 'livekit-server-sdk';
import WebSocket from 'ws';
import {
  hasUsableCandidate,
  publishedPayloadType,
  readOfferedStream,
  readRemote,
  writePublishOffer,
  writeReceiveAnswer,
} from '../descriptions.mjs';

const answerLimitMs = 15_000;
const pingMs = 5_000;
/** What a participant calls its only stream. */
const cid = 'video';
/** More than any scenario sends: a server may hold a publisher to it. */
const declaredBps = 20_000_000;
/** Of clients that know everything the server asks for here. */
const protocolVersion = 15;
/** What is waited for; the rest is news that nobody here reads. */
const awaited = new Set(['join', 'offer', 'answer', 'trackPublished', 'trickle']);

/** One room of a server, by its API key. */
export class LiveKitRoom {
  address = '127.0.0.1';
  #server;
  #room;
  #participants = [];

  constructor(server, room = 'load') {
    this.#server = server;
    this.#room = room;
  }

  close() {
    for (const participant of this.#participants) participant.leave();
  }

  async publish(generator, peer, local, ssrc) {
    const participant = await this.#join(`publisher-${peer}`, { canPublish: true, canSubscribe: false });
    await participant.publish(generator, peer, local, ssrc);
  }

  async subscribe(generator, peer, local) {
    const participant = await this.#join(`subscriber-${peer}`, { canPublish: false, canSubscribe: true });
    await participant.subscribe(generator, peer, local);
  }

  async #join(identity, grant) {
    const participant = await Participant.join(this.#server, identity, { room: this.#room, ...grant });
    this.#participants.push(participant);
    return participant;
  }
}

export class Participant {
  #socket;
  #ping;
  #seen = [];
  #waiting = [];

  static async join({ url, apiKey, apiSecret }, identity, grant) {
    const token = new AccessToken(apiKey, apiSecret, { identity });
    token.addGrant({ roomJoin: true, canPublishData: false, ...grant });
    const query = new URLSearchParams({
      access_token: await token.toJwt(),
      protocol: String(protocolVersion),
      sdk: 'go',
      auto_subscribe: '1',
    });
    const joined = new Participant();
    joined.#socket = new WebSocket(`${url}/rtc?${query}`);
    joined.#socket.on('message', (data) => joined.#take(SignalResponse.fromBinary(data).message));
    await once(joined.#socket, 'open');
    await joined.#next('join');
    joined.#ping = setInterval(() => joined.#send('ping', BigInt(Date.now())), pingMs).unref();
    return joined;
  }

  /** By its own wish: the server does not wait for it to come back. */
  async quit() {
    this.#send('leave', {});
    clearInterval(this.#ping);
    this.#socket.close();
    await once(this.#socket, 'close');
  }

  leave() {
    clearInterval(this.#ping);
    this.#socket.terminate();
  }

  /** Publishes one VP8 stream; the server tells others of it once media has come. */
  async publish(generator, peer, local, ssrc) {
    await this.send(generator, peer, ssrc, await this.offer(local, ssrc));
  }

  /** What the signalling of `publish` is: resolves with the answer that describes the stream. */
  async offer(local, ssrc) {
    this.#send('addTrack', {
      cid,
      name: cid,
      type: TrackType.VIDEO,
      source: TrackSource.CAMERA,
      width: 1280,
      height: 720,
      layers: [{ quality: VideoQuality.HIGH, width: 1280, height: 720, bitrate: declaredBps }],
    });
    await this.#next('trackPublished');
    this.#send('offer', { type: 'offer', sdp: writePublishOffer(local, { ssrc, track: cid }), id: 1 });
    return (await this.#next('answer')).sdp;
  }

  /** Connects by the answer to an offer. */
  async send(generator, peer, ssrc, sdp) {
    await generator.ask('connect', { peer, ...readRemote(sdp, await this.#candidate(sdp)) });
    await generator.ask('publish', { peer, ssrc, pt: publishedPayloadType, twcc: 3, ast: 2 });
  }

  /** Answers the server's offers until one has the stream. */
  async subscribe(generator, peer, local) {
    let connected = false;
    for (;;) {
      const { sdp, id } = await this.#next('offer');
      this.#send('answer', { type: 'answer', sdp: writeReceiveAnswer(sdp, local), id });
      if (!connected) await generator.ask('connect', { peer, ...readRemote(sdp, await this.#candidate(sdp)) });
      connected = true;
      const stream = readOfferedStream(sdp);
      if (stream) await generator.ask('receive', { peer, ...stream });
      if (stream) return;
    }
  }

  /** In the description, or one by one after it. */
  async #candidate(sdp) {
    if (hasUsableCandidate(sdp)) return sdp;
    for (;;) {
      const { candidateInit } = await this.#next('trickle');
      const { candidate } = JSON.parse(candidateInit);
      if (hasUsableCandidate(candidate)) return candidate;
    }
  }

  #send(kind, value) {
    this.#socket.send(new SignalRequest({ message: { case: kind, value } }).toBinary());
  }

  /** The next message of a kind; others are left for who waits for them. */
  #next(kind) {
    const at = this.#seen.findIndex((message) => message.case === kind);
    if (at >= 0) return Promise.resolve(this.#seen.splice(at, 1)[0].value);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`LIVEKIT_FAILED: expected ${kind} within ${answerLimitMs} ms`)),
        answerLimitMs,
      );
      this.#waiting.push({ kind, timer, resolve });
    });
  }

  #take(message) {
    const at = this.#waiting.findIndex(({ kind }) => kind === message.case);
    if (at < 0) {
      if (awaited.has(message.case)) this.#seen.push(message);
      return;
    }
    const [{ timer, resolve }] = this.#waiting.splice(at, 1);
    clearTimeout(timer);
    resolve(message.value);
  }
}
