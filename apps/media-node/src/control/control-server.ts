import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import { type ChroomError, control, type PinnedPeers, PinnedServer, peerOf, type TlsIdentity } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';
import { Code, createContextValues, type Interceptor, type ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { callerKey } from './caller.js';
import { asCodedError, asRpcError } from './engine-errors.js';

/** The largest call is SendData with 64 000 bytes and its destinations. */
const MESSAGE_MAX_BYTES = 256 * 1024;
/** ListSessions of a full node. */
const ANSWER_MAX_BYTES = 4 * 1024 * 1024;
/** Calls that ask for a longer deadline are refused. Streams have none. */
const DEADLINE_MAX_MS = 60_000;

export interface ControlServerOptions {
  readonly identity: TlsIdentity;
  readonly peers: PinnedPeers;
  readonly service: ServiceImpl<typeof control.NodeControl>;
  readonly logger: Logger;
  readonly onRefused: (error: ChroomError) => void;
  readonly onCall: (method: string, code: string) => void;
}

export interface ControlServer {
  listen(port: number, host: string): Promise<number>;
  close(): Promise<void>;
}

/** gRPC over pinned mutual TLS. */
export function createControlServer(options: ControlServerOptions): ControlServer {
  const shutdown = new AbortController();
  const handler = connectNodeAdapter({
    grpc: true,
    grpcWeb: false,
    connect: false,
    routes: (router) => void router.service(control.NodeControl, options.service),
    contextValues: (request) => createContextValues().set(callerKey, peerOf(request as Http2ServerRequest).memberId),
    interceptors: [reportAndMap(options)],
    readMaxBytes: MESSAGE_MAX_BYTES,
    writeMaxBytes: ANSWER_MAX_BYTES,
    maxTimeoutMs: DEADLINE_MAX_MS,
    shutdownSignal: shutdown.signal,
    fallback: (_request, response) => refuseUnknownMethod(response as Http2ServerResponse),
  });
  const server = new PinnedServer({
    identity: options.identity,
    peers: options.peers,
    handler: (request: Http2ServerRequest, response: Http2ServerResponse) => handler(request, response),
    onRefused: options.onRefused,
  });
  return {
    listen: (port, host) => server.listen(port, host),
    close: () => {
      shutdown.abort();
      return server.close();
    },
  };
}

/** The adapter would answer HTTP 404; gRPC has a status for it, and clients of any kind read that. */
function refuseUnknownMethod(response: Http2ServerResponse): void {
  response.writeHead(200, {
    'content-type': 'application/grpc',
    'grpc-status': String(Code.Unimplemented),
    'grpc-message': `UNIMPLEMENTED: expected a method of ${control.NodeControl.typeName}`,
  });
  response.end();
}

function reportAndMap({ logger, onCall }: ControlServerOptions): Interceptor {
  return (next) => async (request) => {
    try {
      const response = await next(request);
      onCall(request.method.name, 'OK');
      return response;
    } catch (error) {
      const { code } = asCodedError(error);
      onCall(request.method.name, code);
      if (code === 'INTERNAL') logger.error('a control call failed', { method: request.method.name, error });
      throw asRpcError(error);
    }
  };
}
