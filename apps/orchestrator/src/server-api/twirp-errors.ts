import { type ChroomError, errorCatalog, type RpcStatus } from '@chroom/protocol';

/** HTTP status of each Twirp error code (Twirp wire protocol v7, "Error codes"). */
const kHttpStatus: Readonly<Record<RpcStatus, number>> = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  already_exists: 409,
  failed_precondition: 412,
  resource_exhausted: 429,
  out_of_range: 400,
  unavailable: 503,
  unimplemented: 501,
  internal: 500,
};

export interface TwirpError {
  readonly status: number;
  readonly body: { readonly code: string; readonly msg: string; readonly meta: Readonly<Record<string, string>> };
}

/** The error as Twirp clients read it; `meta.chroom_code` holds the code of our catalog. */
export function twirpError(error: ChroomError): TwirpError {
  const code = errorCatalog[error.code].rpc;
  return { status: kHttpStatus[code], body: { code, msg: error.message, meta: { chroom_code: error.code } } };
}

/** A path or content type that no Twirp service has. */
export function badRoute(msg: string): TwirpError {
  return { status: 404, body: { code: 'bad_route', msg, meta: {} } };
}
