import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Code, ConnectError, type Interceptor, type Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ChroomError } from '../errors/chroom-error.js';
import type { Hex } from '../wire/wire-values.js';
import { spkiSha256Of, type TlsIdentity } from './tls-identity.js';

export interface PinnedTransportOptions {
  /** https://host:port, as the peer announced it. */
  readonly url: string;
  /** The key that the peer announced; any other ends the connection before a request is sent. */
  readonly spkiSha256: Hex;
  /** Our own key, presented to the peer. */
  readonly identity: TlsIdentity;
  /** Deadline of calls that name none; streams pass `timeoutMs: 0`. Default 3000. */
  readonly deadlineMs?: number;
  /** Largest message either way. Default 1 MiB. */
  readonly messageMaxBytes?: number;
}

const DEADLINE_MS = 3000;
const MESSAGE_MAX_BYTES = 1024 * 1024;
const PING_INTERVAL_MS = 5000;
const PING_TIMEOUT_MS = 2000;

/**
 * A gRPC transport over mutual TLS 1.3 to one peer. Failures of the pin arrive as ConnectError UNAUTHENTICATED whose
 * message begins with TLS_KEY_MISMATCH.
 */
export function createPinnedTransport(options: PinnedTransportOptions): Transport {
  const pin = new ServerPin(options);
  const messageMaxBytes = options.messageMaxBytes ?? MESSAGE_MAX_BYTES;
  return createGrpcTransport({
    baseUrl: options.url,
    interceptors: [pin.explainRefusals],
    defaultTimeoutMs: options.deadlineMs ?? DEADLINE_MS,
    readMaxBytes: messageMaxBytes,
    writeMaxBytes: messageMaxBytes,
    pingIntervalMs: PING_INTERVAL_MS,
    pingTimeoutMs: PING_TIMEOUT_MS,
    pingIdleConnection: true,
    nodeOptions: { createConnection: (authority) => pin.connect(authority) },
  });
}

class ServerPin {
  private mismatch: ChroomError | undefined;

  constructor(private readonly options: PinnedTransportOptions) {}

  connect(authority: URL): TLSSocket {
    const socket = connectTls({
      host: authority.hostname.replace(/^\[|\]$/g, ''),
      port: Number(authority.port || 443),
      key: this.options.identity.privateKeyPem,
      cert: this.options.identity.certificatePem,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      // Certificates are self-signed; the pin below is what decides.
      rejectUnauthorized: false,
    });
    this.mismatch = undefined;
    // Runs before HTTP/2 gets the socket's secureConnect event. HTTP/2 must still find the socket alive in that event;
    // requests leave only in a later tick, so the next tick is early enough.
    socket.once('secureConnect', () => {
      this.mismatch = this.check(socket);
      if (this.mismatch) process.nextTick(() => socket.destroy(this.mismatch));
    });
    return socket;
  }

  readonly explainRefusals: Interceptor = (next) => async (request) => {
    try {
      return await next(request);
    } catch (error) {
      if (!this.mismatch) throw error;
      throw new ConnectError(
        `${this.mismatch.code}: ${this.mismatch.message}`,
        Code.Unauthenticated,
        undefined,
        undefined,
        this.mismatch,
      );
    }
  };

  private check(socket: TLSSocket): ChroomError | undefined {
    const certificate = socket.getPeerX509Certificate();
    const presented = certificate && spkiSha256Of(certificate);
    if (presented === this.options.spkiSha256) return undefined;
    return new ChroomError(
      'TLS_KEY_MISMATCH',
      `Expected the TLS key ${this.options.spkiSha256} that ${this.options.url} announced; got ${presented ?? 'none'}. ` +
        'Read its announcement again; do not trust this peer until it matches.',
    );
  }
}
