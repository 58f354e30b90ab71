import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ChroomError } from '../errors/chroom-error.js';
import type { Hex } from '../wire/wire-values.js';
import { spkiSha256Of, type TlsIdentity } from './tls-identity.js';

export interface PinnedSessionOptions {
  /** https://host:port. */
  readonly url: string;
  readonly spkiSha256: Hex;
  readonly identity: TlsIdentity;
}

const CONNECT_TIMEOUT_MS = 3000;
/** A peer that does not answer a ping before the next is gone, and its streams end. */
const PING_INTERVAL_MS = 3000;

/**
 * One HTTP/2 session to one peer, opened when it is needed and opened again after it broke. The peer's key is checked
 * between the TLS handshake and the first byte of HTTP/2.
 */
export class PinnedSession {
  readonly authority: string;
  private session: Promise<ClientHttp2Session> | undefined;

  constructor(private readonly options: PinnedSessionOptions) {
    this.authority = new URL(options.url).origin;
  }

  /** @throws ChroomError TLS_KEY_MISMATCH, or Error of the socket. */
  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: object,
  ): Promise<ClientHttp2Stream> {
    const session = await this.ready();
    return session.request({ ...headers, ':method': method, ':path': path }, options);
  }

  /** Part of the transport's contract; pings tell us what it would. */
  notifyResponseByteRead(): void {}

  /** Ends the connection and its streams; a later request opens a new one. */
  close(): void {
    const open = this.session;
    this.session = undefined;
    open?.then(
      (session) => session.destroy(),
      () => undefined,
    );
  }

  private ready(): Promise<ClientHttp2Session> {
    if (this.session) return this.session;
    const forget = () => {
      if (this.session === opening) this.session = undefined;
    };
    const opening = this.open(forget);
    this.session = opening;
    opening.catch(forget);
    return opening;
  }

  private async open(forget: () => void): Promise<ClientHttp2Session> {
    const socket = await connectPinned(this.options);
    const session = connectHttp2(this.authority, { createConnection: () => socket });
    const pinging = keepChecking(session);
    // What breaks shows at the streams; the next request opens a new session.
    session.on('error', forget);
    session.on('goaway', forget);
    session.on('close', () => {
      clearInterval(pinging);
      forget();
    });
    return session;
  }
}

function connectPinned(options: PinnedSessionOptions): Promise<TLSSocket> {
  const { hostname, port } = new URL(options.url);
  return new Promise((resolve, reject) => {
    const socket = connectTls({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: Number(port || 443),
      key: options.identity.privateKeyPem,
      cert: options.identity.certificatePem,
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['h2'],
      // Certificates are self-signed; the pin decides.
      rejectUnauthorized: false,
    });
    const fail = (error: Error) => {
      clearTimeout(patience);
      socket.destroy();
      reject(error);
    };
    const patience = setTimeout(
      () => fail(new Error(`no TLS connection to ${options.url} within ${CONNECT_TIMEOUT_MS} ms`)),
      CONNECT_TIMEOUT_MS,
    );
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      const mismatch = checkPin(socket, options);
      if (mismatch) {
        fail(mismatch);
        return;
      }
      clearTimeout(patience);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

function checkPin(socket: TLSSocket, { url, spkiSha256 }: PinnedSessionOptions): ChroomError | undefined {
  const certificate = socket.getPeerX509Certificate();
  const presented = certificate && spkiSha256Of(certificate);
  if (presented === spkiSha256) return undefined;
  return new ChroomError(
    'TLS_KEY_MISMATCH',
    `Expected the TLS key ${spkiSha256} that ${url} announced; got ${presented ?? 'none'}. ` +
      'Read its announcement again; do not trust this peer until it matches.',
  );
}

function keepChecking(session: ClientHttp2Session): NodeJS.Timeout {
  let isAnswered = true;
  const timer = setInterval(() => {
    if (!isAnswered || session.destroyed) {
      session.destroy();
      return;
    }
    isAnswered = false;
    session.ping(() => {
      isAnswered = true;
    });
  }, PING_INTERVAL_MS);
  return timer.unref();
}
