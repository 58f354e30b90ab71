import { type ErrorCode, errorCatalog } from './catalog.js';

/**
 * An error with a stable code of the catalog. The message says what was expected, what came and what to do; it is
 * shown to the caller, so it never holds secrets. `cause` keeps the original for logs.
 */
export class ChroomError extends Error {
  override readonly name = 'ChroomError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }

  /** HTTP status of the catalog for this code. */
  get httpStatus(): number {
    return errorCatalog[this.code].httpStatus;
  }
}
