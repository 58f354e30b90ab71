import type { EngineErrorCode } from '@chroom/engine';
import { ChroomError, type ErrorCode, toRpcError } from '@chroom/protocol';
import { ConnectError } from '@connectrpc/connect';

const codes: Readonly<Record<Exclude<EngineErrorCode, 'NOT_FOUND'>, ErrorCode>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  LIMIT_EXCEEDED: 'LIMIT_EXCEEDED',
  INBOX_FULL: 'LIMIT_EXCEEDED',
  CLOSED: 'ENGINE_CLOSED',
  SYSTEM: 'INTERNAL',
  CRYPTO: 'INTERNAL',
  UNSUPPORTED: 'UNIMPLEMENTED',
};

/** What was not found, by the field of the request that named it. */
const missing: Readonly<Record<string, ErrorCode>> = {
  track: 'TRACK_UNKNOWN',
  role: 'TRANSPORT_UNKNOWN',
  transport: 'TRANSPORT_UNKNOWN',
};

/** Any failure of a call, as it goes to the orchestrator: a gRPC status whose message begins with a code. */
export function asRpcError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return toRpcError(asCodedError(error));
}

export function asCodedError(error: unknown): ChroomError {
  if (error instanceof ChroomError) return error;
  if (!isEngineError(error))
    return new ChroomError('INTERNAL', 'The call failed inside the node; its log has the cause.', { cause: error });
  const code =
    error.code === 'NOT_FOUND' ? (missing[error.field] ?? 'SESSION_UNKNOWN') : (codes[error.code] ?? 'INTERNAL');
  return new ChroomError(code, error.message, { cause: error });
}

interface EngineErrorShape extends Error {
  readonly code: EngineErrorCode;
  readonly field: string;
}

/** By shape, so that control code does not load the engine's binary. */
function isEngineError(error: unknown): error is EngineErrorShape {
  return (error as { name?: unknown } | undefined)?.name === 'EngineError';
}
