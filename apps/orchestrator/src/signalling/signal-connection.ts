import { ChroomError, MessageBudget } from '@chroom/protocol';
import { type FrameKind, readSignalRequest, writeSignalResponse } from '@chroom/signalling';
import { Pong, RequestResponse, RequestResponse_Reason, type SignalRequest } from '@livekit/protocol';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../clock/clock.js';
import type { ServerMessage, SignalSink } from '../rooms/signal-sink.js';
import type { Seat } from '../rooms/signalling-rooms.js';
import type { CancelTimer, Timers } from '../rooms/timers.js';
import type { SignalSettings } from './signal-settings.js';

/** Messages between the join and the end of the upgrade: the join itself, updates, an answer. */
const maxUnsent = 1000;
/** A client that does not read: its connection ends, it comes back with a resume. */
const maxBufferedBytes = 8 * 1024 * 1024;
/** Requests of this client that wait in the room; above, its socket is not read. */
const maxInFlight = 64;
/** Malformed messages that are forgiven. */
const maxMalformed = 10;
const pingEveryMs = 10_000;
/** Three pings without any sign of life. */
const silentMs = 3 * pingEveryMs;

/** WebSocket close codes, RFC 6455 section 7.4.1. */
const closeCodes = { normal: 1000, badData: 1007, policy: 1008 } as const;

export interface ConnectionContext {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly settings: SignalSettings;
  readonly onClosed: () => void;
}

/**
 * One client's WebSocket. Exists before the upgrade, so that a join can be refused with an HTTP status; what is sent
 * until then waits. Answers pings itself; everything else goes to the seat.
 */
export class SignalConnection implements SignalSink {
  private socket: WebSocket | undefined;
  private seat: Seat | undefined;
  private unsent: ServerMessage[] = [];
  private frame: FrameKind = 'binary';
  private ended = false;
  private closing = false;
  private inFlight = 0;
  private malformed = 0;
  private lastHeardMs: number;
  private cancelPing: CancelTimer = () => {};
  private readonly budget: MessageBudget;

  constructor(private readonly context: ConnectionContext) {
    const { settings, clock } = context;
    this.lastHeardMs = clock.nowMs();
    this.budget = new MessageBudget(settings.messagesPerSecond, settings.messageBurst, clock.nowMs());
  }

  get open(): boolean {
    return !this.ended && !this.closing;
  }

  send(message: ServerMessage): void {
    if (!this.open) return;
    if (this.socket) this.write(this.socket, message);
    else if (this.unsent.length < maxUnsent) this.unsent.push(message);
    else this.end();
  }

  close(): void {
    if (this.closing) return;
    this.closing = true;
    this.socket?.close(closeCodes.normal);
  }

  takeSeat(seat: Seat): void {
    this.seat = seat;
    if (this.ended) seat.lost();
  }

  /** The upgrade is done: what was sent so far goes out, in order. */
  attach(socket: WebSocket): void {
    this.socket = socket;
    socket.on('message', (data, isBinary) => this.receive(data, isBinary ? 'binary' : 'text'));
    socket.on('pong', () => this.heard());
    socket.on('close', () => this.end());
    // Errors (an oversized message, a broken frame) are followed by close.
    socket.on('error', () => {});
    for (const message of this.unsent) this.write(socket, message);
    this.unsent = [];
    if (this.closing) socket.close(closeCodes.normal);
    else this.keepAlive(socket);
  }

  /** The connection is over, whoever ended it. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.cancelPing();
    this.unsent = [];
    this.socket?.terminate();
    this.seat?.lost();
    this.context.onClosed();
  }

  private write(socket: WebSocket, message: ServerMessage): void {
    if (socket.bufferedAmount > maxBufferedBytes) {
      this.end();
      return;
    }
    socket.send(writeSignalResponse(this.frame, message));
  }

  private receive(data: RawData, kind: FrameKind): void {
    if (!this.open) return;
    this.heard();
    if (!this.budget.take(this.context.clock.nowMs())) {
      const { messagesPerSecond } = this.context.settings;
      this.refuse(closeCodes.policy, `LIMIT_EXCEEDED: expected at most ${messagesPerSecond} messages per second`);
      return;
    }
    this.frame = kind;
    const request = this.parse(kind, bytesOf(data));
    if (request && !this.answerPing(request)) this.pass(request);
  }

  private parse(kind: FrameKind, bytes: Uint8Array): SignalRequest | undefined {
    try {
      return readSignalRequest(kind, bytes);
    } catch (error) {
      const coded = error as ChroomError;
      this.malformed += 1;
      if (this.malformed > maxMalformed) {
        this.refuse(closeCodes.badData, `${coded.code}: too many malformed messages`);
        return undefined;
      }
      const message = `${coded.code}: ${coded.message}`;
      const reason = RequestResponse_Reason.INVALID_REQUEST;
      this.send({ case: 'requestResponse', value: new RequestResponse({ reason, message }) });
      return undefined;
    }
  }

  /** Milliseconds since the epoch, at once: clients measure the round trip with it. */
  private answerPing(request: SignalRequest): boolean {
    const { message } = request;
    const timestamp = BigInt(this.context.clock.nowMs());
    if (message.case === 'ping') {
      this.send({ case: 'pong', value: timestamp });
      return true;
    }
    if (message.case !== 'pingReq') return false;
    const lastPingTimestamp = message.value.timestamp;
    this.send({ case: 'pongResp', value: new Pong({ lastPingTimestamp, timestamp }) });
    return true;
  }

  private pass(request: SignalRequest): void {
    if (!this.seat) return;
    this.inFlight += 1;
    if (this.inFlight >= maxInFlight) this.socket?.pause();
    this.seat
      .request(request)
      .catch((error) => {
        const message = error instanceof ChroomError ? `${error.code}: ${error.message}` : 'INTERNAL: a fault of ours';
        const reason = RequestResponse_Reason.UNCLASSIFIED_ERROR;
        this.send({ case: 'requestResponse', value: new RequestResponse({ reason, message }) });
      })
      .finally(() => {
        this.inFlight -= 1;
        if (this.inFlight < maxInFlight && this.socket?.isPaused) this.socket.resume();
      });
  }

  private refuse(code: number, text: string): void {
    this.closing = true;
    // RFC 6455: a close reason has at most 123 bytes.
    this.socket?.close(code, text.slice(0, 123));
  }

  private keepAlive(socket: WebSocket): void {
    this.cancelPing = this.context.timers.after(pingEveryMs, () => {
      if (this.context.clock.nowMs() - this.lastHeardMs > silentMs) {
        this.end();
        return;
      }
      socket.ping();
      this.keepAlive(socket);
    });
  }

  private heard(): void {
    this.lastHeardMs = this.context.clock.nowMs();
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
