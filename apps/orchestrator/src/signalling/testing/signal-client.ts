import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import {
  AddTrackRequest,
  JoinRequest,
  SignalRequest,
  SignalResponse,
  WrappedJoinRequest,
  WrappedJoinRequest_Compression,
} from '@livekit/protocol';
import WebSocket from 'ws';

export type JoinFields = NonNullable<ConstructorParameters<typeof JoinRequest>[0]>;
type AddTrackFields = NonNullable<ConstructorParameters<typeof AddTrackRequest>[0]>;
type RequestMessage = NonNullable<ConstructorParameters<typeof SignalRequest>[0]>['message'];
type ServerCase = NonNullable<SignalResponse['message']['case']>;
type ServerValue<C extends ServerCase> = Extract<SignalResponse['message'], { case: C }>['value'];

export interface ConnectOptions {
  /** Dual-PC: query parameters of `/rtc`. Absent: single-PC with a join request on `/rtc/v1`. */
  readonly query?: Readonly<Record<string, string>>;
  readonly join?: JoinFields;
  readonly path?: string;
  readonly text?: boolean;
}

/** What a refused upgrade said. */
export class UpgradeRefused extends Error {
  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(`${status} ${text}`);
  }
}

/** A LiveKit client's signalling over a real WebSocket; keeps every message in order. */
export class SignalClient {
  readonly received: SignalResponse['message'][] = [];
  readonly frameKinds: ('binary' | 'text')[] = [];
  closeCode = 0;
  private taken = 0;
  private wake: () => void = () => {};
  private lastRequestId = 1_000_000;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer, isBinary) => {
      this.frameKinds.push(isBinary ? 'binary' : 'text');
      const response = isBinary ? SignalResponse.fromBinary(data) : SignalResponse.fromJsonString(data.toString());
      this.received.push(response.message);
      this.wake();
    });
    socket.on('close', (code) => {
      this.closeCode = code;
      this.wake();
    });
    socket.on('error', () => {});
  }

  /** @throws UpgradeRefused */
  static async open(url: string, token: string, options: ConnectOptions = {}): Promise<SignalClient> {
    const query = new URLSearchParams(options.query ?? {});
    if (!options.query)
      query.set('join_request', wrapJoinRequest(options.join ?? { connectionSettings: { autoSubscribe: true } }));
    const path = options.path ?? (options.query ? '/rtc' : '/rtc/v1');
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const client = new SignalClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          reject(new UpgradeRefused(response.statusCode ?? 0, Buffer.concat(chunks).toString())),
        );
      });
      socket.once('error', reject);
    });
    return client;
  }

  send(message: RequestMessage, text = false): void {
    const request = new SignalRequest({ message });
    this.socket.send(text ? request.toJsonString() : request.toBinary());
  }

  addTrack(value: AddTrackFields): void {
    this.send({ case: 'addTrack', value });
  }

  offer(sdp: string, id: number): void {
    this.send({ case: 'offer', value: { type: 'offer', sdp, id } });
  }

  /** The next message of that kind that was not taken yet; what comes before it is skipped. */
  async next<C extends ServerCase>(kind: C): Promise<ServerValue<C>> {
    for (;;) {
      while (this.taken < this.received.length) {
        const message = this.received[this.taken]!;
        this.taken += 1;
        if (message.case === kind) return message.value as ServerValue<C>;
      }
      if (this.socket.readyState === WebSocket.CLOSED) throw new Error(`closed before ${kind}: ${this.cases()}`);
      await this.change();
    }
  }

  /** Waits for a message of that kind for which the condition holds. */
  async nextWhere<C extends ServerCase>(kind: C, holds: (value: ServerValue<C>) => boolean): Promise<ServerValue<C>> {
    for (;;) {
      const value = await this.next(kind);
      if (holds(value)) return value;
    }
  }

  /** Everything that the server has sent and done for earlier messages is here when this resolves. */
  async settle(): Promise<void> {
    this.lastRequestId += 1;
    const requestId = this.lastRequestId;
    this.send({ case: 'updateMetadata', value: { requestId } });
    const isAnswered = () =>
      this.received.some(({ case: kind, value }) => kind === 'requestResponse' && value.requestId === requestId);
    while (!isAnswered() && this.socket.readyState === WebSocket.OPEN) await this.change();
  }

  cases(): ServerCase[] {
    return this.received.flatMap(({ case: kind }) => (kind ? [kind] : []));
  }

  async closed(): Promise<number> {
    if (this.socket.readyState !== WebSocket.CLOSED) await once(this.socket, 'close');
    return this.closeCode;
  }

  terminate(): void {
    this.socket.terminate();
  }

  private change(): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
    });
  }
}

export function wrapJoinRequest(request: JoinFields, compress = true): string {
  const inner = new JoinRequest(request).toBinary();
  const wrapped = new WrappedJoinRequest({
    compression: compress ? WrappedJoinRequest_Compression.GZIP : WrappedJoinRequest_Compression.NONE,
    joinRequest: compress ? gzipSync(inner) : inner,
  });
  return Buffer.from(wrapped.toBinary()).toString('base64url');
}
