import type { IncomingMessage } from 'node:http';
import { ChroomError, type Hex } from '@chroom/protocol';
import { LeafFileHash } from '@chroom/receipts';

/**
 * A leaf file of a size that is known before, from a request. Not one byte more is read, and its hash grows with it.
 * @throws ChroomError PAYLOAD_TOO_LARGE, INVALID_ARGUMENT (too short, or other bytes than the hash names)
 */
export async function readLeafFile(request: IncomingMessage, size: number, hash: Hex): Promise<Buffer> {
  const declared = request.headers['content-length'];
  if (declared !== undefined && Number(declared) !== size) throw wrongSize(size, declared);
  const bytes = Buffer.allocUnsafe(size);
  const running = new LeafFileHash();
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    if (length + chunk.length > size) throw wrongSize(size, `more than ${size}`);
    chunk.copy(bytes, length);
    running.update(chunk);
    length += chunk.length;
  }
  if (length < size) throw wrongSize(size, String(length));
  const found = running.digest();
  if (found === hash) return bytes;
  throw new ChroomError('INVALID_ARGUMENT', `expected a leaf file of hash ${hash}, received one of ${found}`);
}

function wrongSize(size: number, received: string): ChroomError {
  const tooLarge = !(Number(received) < size);
  return new ChroomError(
    tooLarge ? 'PAYLOAD_TOO_LARGE' : 'INVALID_ARGUMENT',
    `expected ${size} bytes for the leaves of the signed header, received ${received}`,
  );
}
