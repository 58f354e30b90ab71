// Janus by its own WebSocket API: one session, one handle per participant, plugin VideoRoom.
import { once } from 'node:events';
import { setInterval } from 'node:timers';
import WebSocket from 'ws';
import {
  publishedPayloadType,
  readOfferedStream,
  readRemote,
  writePublishOffer,
  writeReceiveAnswer,
} from '../descriptions.mjs';

const answerLimitMs = 10_000;
/** Sessions that are silent for 60 s are ended by the gateway. */
const keepAliveMs = 25_000;
const room = 1234;
const plugin = 'janus.plugin.videoroom';

export class VideoRoom {
  address;
  #socket;
  #session;
  #waiting = new Map();
  #last = 0;
  #keepAlive;

  /** address: the gateway's for media. */
  static async open(url, address) {
    const opened = new VideoRoom();
    opened.address = address;
    opened.#socket = new WebSocket(url, 'janus-protocol');
    opened.#socket.on('message', (data) => opened.#take(JSON.parse(data)));
    await once(opened.#socket, 'open');
    const { data } = await opened.#ask({ janus: 'create' });
    opened.#session = data.id;
    opened.#keepAlive = setInterval(() => opened.#ask({ janus: 'keepalive' }).catch(() => {}), keepAliveMs).unref();
    return opened;
  }

  close() {
    clearInterval(this.#keepAlive);
    this.#socket.terminate();
  }

  /** Creates the room and publishes one VP8 stream into it. @returns {Promise<number>} the feed */
  async publish(generator, peer, local, ssrc) {
    const handle = await this.#attach();
    await this.#message(handle, { request: 'create', room, publishers: 1, videocodec: 'vp8', bitrate: 0 });
    const joined = await this.#message(handle, { request: 'join', ptype: 'publisher', room, display: 'load' });
    const jsep = { type: 'offer', sdp: writePublishOffer(local, { ssrc, track: 'video' }), trickle: false };
    const answered = await this.#message(handle, { request: 'publish' }, jsep);
    await generator.ask('connect', { peer, ...readRemote(answered.jsep.sdp) });
    await generator.ask('publish', { peer, ssrc, pt: publishedPayloadType, twcc: 3, ast: 2 });
    return joined.plugindata.data.id;
  }

  async subscribe(generator, peer, local, feed) {
    const handle = await this.#attach();
    const offered = await this.#message(handle, { request: 'join', ptype: 'subscriber', room, streams: [{ feed }] });
    const { sdp } = offered.jsep;
    const answer = { type: 'answer', sdp: writeReceiveAnswer(sdp, local), trickle: false };
    await generator.ask('connect', { peer, ...readRemote(sdp) });
    await generator.ask('receive', { peer, ...readOfferedStream(sdp) });
    await this.#message(handle, { request: 'start' }, answer);
  }

  async #attach() {
    return (await this.#ask({ janus: 'attach', plugin })).data.id;
  }

  /** A request to the plugin; resolves with its event, which comes after an acknowledgement. */
  #message(handle_id, body, jsep) {
    return this.#ask({ janus: 'message', handle_id, body, ...(jsep && { jsep }) });
  }

  #ask(request) {
    const transaction = String(++this.#last);
    this.#socket.send(JSON.stringify({ ...request, session_id: this.#session, transaction }));
    return new Promise((resolve, reject) => {
      const fail = (reason) => {
        this.#waiting.delete(transaction);
        reject(new Error(`JANUS_FAILED: ${request.body?.request ?? request.janus}: ${reason}`));
      };
      const timer = setTimeout(() => fail(`no answer within ${answerLimitMs} ms`), answerLimitMs);
      this.#waiting.set(transaction, { resolve, fail, timer, request });
    });
  }

  #take(message) {
    const waiting = this.#waiting.get(message.transaction);
    const isKeepAlive = waiting?.request.janus === 'keepalive';
    if (!waiting || (message.janus === 'ack' && !isKeepAlive)) return;
    clearTimeout(waiting.timer);
    const error = message.error?.reason ?? message.plugindata?.data.error;
    if (error) return waiting.fail(error);
    this.#waiting.delete(message.transaction);
    waiting.resolve(message);
  }
}
