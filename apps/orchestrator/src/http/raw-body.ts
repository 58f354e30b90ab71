import type { IncomingMessage } from 'node:http';
import { ChroomError } from '@chroom/protocol';

/**
 * The whole body of a request.
 * @throws ChroomError PAYLOAD_TOO_LARGE as soon as it is longer than `mostBytes`; the rest is not read.
 */
export async function readRawBody(request: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) {
      throw new ChroomError('PAYLOAD_TOO_LARGE', `the body has more than ${mostBytes} bytes, the most that is taken`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}
