import { encodeAbiParameters, type Hex, keccak256 } from 'viem';
import { structHasher } from './struct-hash.js';
import { proofTypes } from './typed-data.js';

/** What a node claims for one epoch towards one orchestrator. */
export interface BatchHeader {
  readonly nodeId: bigint;
  readonly orchId: bigint;
  readonly epoch: number;
  readonly leaves: number;
  readonly value: bigint;
  readonly volume: bigint;
  readonly slots: bigint;
  readonly root: Hex;
  /** keccak256 of the leaf file. */
  readonly data: Hex;
}

/** The EIP-712 struct hash (without the domain): what the contract stores. */
export const hashBatchHeader: (header: BatchHeader) => Hex = structHasher('BatchHeader', proofTypes.BatchHeader);

/** There is one batch per key, ever. */
export function batchKey(nodeId: bigint, orchId: bigint, epoch: number): Hex {
  return keccak256(
    encodeAbiParameters([{ type: 'uint64' }, { type: 'uint64' }, { type: 'uint32' }], [nodeId, orchId, epoch]),
  );
}
