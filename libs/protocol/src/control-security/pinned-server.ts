import type { X509Certificate } from 'node:crypto';
import {
  createSecureServer,
  type Http2SecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { ChroomError } from '../errors/chroom-error.js';
import type { Hex } from '../wire/wire-values.js';
import { spkiSha256Of, type TlsIdentity } from './tls-identity.js';

/** Who may call: looked up for each request, so that a key that is no longer announced loses access at once. */
export interface PinnedPeers {
  /** The member that announced this TLS key, or undefined. May look it up elsewhere; must be bounded in time. */
  lookUp(spkiSha256: Hex): PinnedPeer | undefined | Promise<PinnedPeer | undefined>;
}

export interface PinnedPeer {
  readonly memberId: bigint;
}

export type PinnedRequestHandler = (request: Http2ServerRequest, response: Http2ServerResponse) => void;

export interface PinnedServerOptions {
  readonly identity: TlsIdentity;
  readonly peers: PinnedPeers;
  readonly handler: PinnedRequestHandler;
  /** Connections at one time; more are closed at once. Default 256. */
  readonly connectionsMax?: number;
  /** Told about every refusal. */
  readonly onRefused?: (error: ChroomError) => void;
}

const CONNECTIONS_MAX = 256;
const STREAMS_PER_CONNECTION_MAX = 512;
const HANDSHAKE_TIMEOUT_MS = 5000;
/** A connection that has shown no announced key by then makes place for others. */
const ADMISSION_TIMEOUT_MS = 5000;
/** What a refused peer gets to read its answer. */
const FAREWELL_MS = 500;
/** A peer that does not answer a ping before the next is gone, and its streams end. */
const PING_INTERVAL_MS = 10_000;

const peersByRequest = new WeakMap<Http2ServerRequest, PinnedPeer>();

/**
 * The member behind a request that a pinned server handed over.
 */
export function peerOf(request: Http2ServerRequest): PinnedPeer {
  const peer = peersByRequest.get(request);
  if (!peer) throw new ChroomError('INTERNAL', 'A request reached its handler without passing the pinned server.');
  return peer;
}

/**
 * An HTTP/2 server over TLS 1.3 that answers only peers whose TLS key is pinned. A peer without a certificate is cut
 * off after the handshake; one with another key gets one gRPC answer (UNAUTHENTICATED, TLS_KEY_MISMATCH) and is cut off.
 */
export class PinnedServer {
  private readonly server: Http2SecureServer;
  private readonly sessions = new Set<ServerHttp2Session>();
  /** What each peer showed in its handshake; TLS 1.3 has no second one on a connection. */
  private readonly keys = new WeakMap<object, Hex>();
  /** Sessions on which a request was let through. */
  private readonly admitted = new WeakSet<object>();

  constructor(private readonly options: PinnedServerOptions) {
    this.server = createSecureServer({
      key: options.identity.privateKeyPem,
      cert: options.identity.certificatePem,
      minVersion: 'TLSv1.3',
      requestCert: true,
      // Certificates are self-signed; the pin decides.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      settings: { maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX },
    });
    this.server.on('session', (session) => this.greet(session));
    this.server.on('request', (request, response) => this.serve(request, response));
    // A failed handshake or a broken connection concerns its peer alone.
    this.server.on('sessionError', () => {});
    this.server.on('tlsClientError', () => {});
  }

  /** Resolves with the port in use (0 lets the system choose). */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  /** Ends every connection; resolves when the port is free. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const session of this.sessions) session.destroy();
    await closed;
  }

  private greet(session: ServerHttp2Session): void {
    session.on('error', () => session.destroy());
    const certificate = certificateOf(session);
    if (this.sessions.size >= (this.options.connectionsMax ?? CONNECTIONS_MAX) || !certificate) {
      session.destroy();
      return;
    }
    this.sessions.add(session);
    this.keys.set(session, spkiSha256Of(certificate));
    const pinging = keepChecking(session);
    const admission = setTimeout(() => {
      if (!this.admitted.has(session)) session.destroy();
    }, ADMISSION_TIMEOUT_MS);
    session.once('close', () => {
      clearInterval(pinging);
      clearTimeout(admission);
      this.sessions.delete(session);
    });
  }

  private serve(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const { session } = request.stream;
    admit(this.options, request, session && this.keys.get(session)).then(
      () => {
        if (session) this.admitted.add(session);
        this.options.handler(request, response);
      },
      (error: unknown) => refuse(this.options, request, response, error),
    );
  }
}

async function admit(
  options: PinnedServerOptions,
  request: Http2ServerRequest,
  presented: Hex | undefined,
): Promise<void> {
  const peer = presented && (await options.peers.lookUp(presented));
  if (!peer) {
    throw new ChroomError(
      'TLS_KEY_MISMATCH',
      `Expected the TLS key of an announced, active orchestrator; got ${presented ?? 'none'}. ` +
        'Announce this key to the registry, or use the announced one.',
    );
  }
  peersByRequest.set(request, peer);
}

function refuse(
  options: PinnedServerOptions,
  request: Http2ServerRequest,
  response: Http2ServerResponse,
  error: unknown,
): void {
  const coded =
    error instanceof ChroomError
      ? error
      : new ChroomError('INTERNAL', 'The look-up of the key failed.', { cause: error });
  options.onRefused?.(coded);
  const session = request.stream.session;
  response.writeHead(200, {
    'content-type': 'application/grpc',
    'grpc-status': '16',
    'grpc-message': encodeURIComponent(`${coded.code}: ${coded.message}`),
  });
  response.end(() => session?.close());
  setTimeout(() => session?.destroy(), FAREWELL_MS).unref();
}

function keepChecking(session: ServerHttp2Session): NodeJS.Timeout {
  let isAnswered = true;
  return setInterval(() => {
    if (!isAnswered) {
      session.destroy();
      return;
    }
    isAnswered = false;
    session.ping(() => {
      isAnswered = true;
    });
  }, PING_INTERVAL_MS);
}

function certificateOf(session: Pick<ServerHttp2Session, 'socket'>): X509Certificate | undefined {
  return (session.socket as TLSSocket).getPeerX509Certificate();
}
