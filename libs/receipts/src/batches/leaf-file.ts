import { ChroomError } from '@chroom/protocol';
import { type Leaf, packedLeafBytes, packLeaf, unpackLeaf } from '@chroom/protocol/proofs';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, type Hex, keccak256 } from 'viem';

/** Leaves of one file. 2^17 leaves are 47 MB; a batch with more is refused before it is built. */
export const leafFileLeavesMax = 1 << 17;

/** Packed leaves one after the other, in batch order. Its keccak256 is `data` of the header. */
export function encodeLeafFile(leaves: readonly Leaf[]): Buffer {
  return Buffer.concat(leaves.map((leaf) => Buffer.from(packLeaf(leaf).slice(2), 'hex')));
}

/** @throws ChroomError INVALID_ARGUMENT for a length that is no multiple of 358, and PAYLOAD_TOO_LARGE */
export function decodeLeafFile(bytes: Uint8Array): Leaf[] {
  const count = bytes.length / packedLeafBytes;
  if (!Number.isInteger(count) || count === 0) {
    throw new ChroomError(
      'INVALID_ARGUMENT',
      `expected packed leaves of ${packedLeafBytes} bytes, got ${bytes.length}`,
    );
  }
  if (count > leafFileLeavesMax) {
    throw new ChroomError('PAYLOAD_TOO_LARGE', `expected at most ${leafFileLeavesMax} leaves, received ${count}`);
  }
  return Array.from({ length: count }, (_, index) =>
    unpackLeaf(bytesToHex(bytes.subarray(index * packedLeafBytes, (index + 1) * packedLeafBytes))),
  );
}

/** The name of a leaf file, everywhere. */
export function hashLeafFile(bytes: Uint8Array): Hex {
  return keccak256(bytes);
}

/** The same name, while the bytes come in pieces. */
export class LeafFileHash {
  private readonly running = keccak_256.create();

  update(piece: Uint8Array): void {
    this.running.update(piece);
  }

  digest(): Hex {
    return bytesToHex(this.running.digest());
  }
}
