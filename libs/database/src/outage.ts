/** Error codes of Node sockets that mean: the server cannot be reached now. */
const kSocketCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN']);
/** SQLSTATE classes: 08 connection exceptions, 57P0x server shutting down or starting, 53300 too many connections. */
const kOutageStates = /^(08...|57P0[1-5]|53300)$/;
/** node-postgres reports a broken connection by text only. */
const kOutageTexts =
  /connection terminated|connection error|timeout exceeded when trying to connect|not queryable|query read timeout|driver not connected/i;

/**
 * True when an error of a query means that the database cannot be reached (and the query may be repeated later), false
 * for an error of the query itself. Looks at the shape, not the class: errors may come from another realm.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors, driverError } = error as Record<string, unknown>;
  if (typeof code === 'string' && (kSocketCodes.has(code) || kOutageStates.test(code))) return true;
  if (typeof message === 'string' && kOutageTexts.test(message)) return true;
  if (Array.isArray(errors) && errors.some(isDatabaseOutage)) return true;
  return driverError !== undefined && driverError !== error && isDatabaseOutage(driverError);
}
