import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ChroomError } from '@chroom/protocol';

/**
 * The status that a client gets for a refused connection. Clients take 404 for "this server has no such path" and try
 * another one, so only a missing room may say it.
 */
export function refusalStatus(error: ChroomError): number {
  return error.httpStatus === 404 && error.code !== 'ROOM_UNKNOWN' ? 503 : error.httpStatus;
}

/** The answer to an upgrade request that is refused, in plain HTTP. */
export function writeRefusal(socket: Duplex, status: number, text: string): void {
  const body = Buffer.from(text);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${body.length}`,
    'Access-Control-Allow-Origin: *',
    'Connection: close',
  ];
  if (status === 503 || status === 429) head.push('Retry-After: 1');
  socket.end(Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), body]));
}
