import type { IncomingMessage } from 'node:http';

/** The token of `Authorization: Bearer <token>`; empty when there is none. */
export function bearerToken(request: IncomingMessage): string {
  return /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}
