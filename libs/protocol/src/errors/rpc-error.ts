import { Code, ConnectError } from '@connectrpc/connect';
import { type ErrorCode, errorCatalog, type RpcStatus } from './catalog.js';
import { ChroomError } from './chroom-error.js';

const codes: Readonly<Record<RpcStatus, Code>> = {
  invalid_argument: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  failed_precondition: Code.FailedPrecondition,
  resource_exhausted: Code.ResourceExhausted,
  out_of_range: Code.OutOfRange,
  unavailable: Code.Unavailable,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
};

/** As it goes over gRPC: the status of the catalog, and the code in front of the message ("TRACK_UNKNOWN: ..."). */
export function toRpcError(error: ChroomError): ConnectError {
  return new ConnectError(
    `${error.code}: ${error.message}`,
    codes[errorCatalog[error.code].rpc],
    undefined,
    undefined,
    error,
  );
}

/**
 * As it came over gRPC: the coded error that the peer sent. Undefined when the message has no code of the catalog (the
 * connection failed, the deadline passed).
 */
export function fromRpcError(error: unknown): ChroomError | undefined {
  if (!(error instanceof ConnectError)) return undefined;
  const [, code, message = ''] = /^([A-Z][A-Z0-9_]+): ([\s\S]*)$/.exec(error.rawMessage) ?? [];
  return code && code in errorCatalog ? new ChroomError(code as ErrorCode, message, { cause: error }) : undefined;
}
