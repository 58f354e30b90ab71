import type { Interceptor, Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { ChroomError } from '../errors/chroom-error.js';
import { toRpcError } from '../errors/rpc-error.js';
import type { Hex } from '../wire/wire-values.js';
import { PinnedSession } from './pinned-session.js';
import type { TlsIdentity } from './tls-identity.js';

export interface PinnedTransportOptions {
  /** https://host:port, as the peer announced it. */
  readonly url: string;
  /** The key that the peer announced; any other ends the connection before a request is sent. */
  readonly spkiSha256: Hex;
  /** Our own key, presented to the peer. */
  readonly identity: TlsIdentity;
  /** Deadline of calls that name none; streams pass `timeoutMs: 0`. Default 3000. */
  readonly deadlineMs?: number;
  /** Largest message either way. Default 4 MiB. */
  readonly messageMaxBytes?: number;
}

export interface PinnedTransport extends Transport {
  /** Ends the connection and the calls on it. */
  close(): void;
}

const DEADLINE_MS = 3000;
const MESSAGE_MAX_BYTES = 4 * 1024 * 1024;

/**
 * A gRPC transport over mutual TLS 1.3 to one peer. Failures of the pin arrive as ConnectError UNAUTHENTICATED whose
 * message begins with TLS_KEY_MISMATCH.
 */
export function createPinnedTransport(options: PinnedTransportOptions): PinnedTransport {
  const messageMaxBytes = options.messageMaxBytes ?? MESSAGE_MAX_BYTES;
  const session = new PinnedSession(options);
  const transport = createGrpcTransport({
    baseUrl: options.url,
    sessionManager: session,
    interceptors: [explainMismatch],
    defaultTimeoutMs: options.deadlineMs ?? DEADLINE_MS,
    readMaxBytes: messageMaxBytes,
    writeMaxBytes: messageMaxBytes,
  });
  return { ...transport, close: () => session.close() };
}

const explainMismatch: Interceptor = (next) => async (request) => {
  try {
    return await next(request);
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    if (cause instanceof ChroomError) throw toRpcError(cause);
    throw error;
  }
};
