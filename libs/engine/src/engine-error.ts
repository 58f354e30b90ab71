/**
 * Every failure of the engine: stable code, the request field at fault (when one is), and a sentence that says what was
 * expected and what came.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly code: EngineErrorCode,
    message: string,
    /** Field of the request, as in the control contract (`track`, `encodings`); empty when no single one is at fault. */
    readonly field = '',
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The same words as `error_code_name` in native/src/vocabulary/result.h. */
export const ENGINE_ERROR_CODES = [
  'INVALID_ARGUMENT', // the request is wrong in itself
  'NOT_FOUND', // it names a room, session, transport, track or subscription that is not there
  'ALREADY_EXISTS', // it creates something that is there and different
  'LIMIT_EXCEEDED', // a bound of the engine's configuration
  'INBOX_FULL', // too many commands in flight: slow down and try again
  'CLOSED', // the engine, or the session meanwhile, is closed
  'SYSTEM', // the operating system refused (socket, thread)
  'CRYPTO', // OpenSSL refused
  'UNSUPPORTED', // a valid request that this version cannot do
] as const;

export type EngineErrorCode = (typeof ENGINE_ERROR_CODES)[number];
