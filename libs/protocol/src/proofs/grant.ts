import { concat, type Hex, keccak256, stringToBytes } from 'viem';
import { structHasher } from './struct-hash.js';
import { proofTypes } from './typed-data.js';

/** What an orchestrator allows one participant to consume on one node, and at what price. Signed by the orchestrator. */
export interface Grant {
  /** keccak256(salt, room): nothing readable on chain. */
  readonly sessionId: Hex;
  readonly nodeId: bigint;
  readonly orchId: bigint;
  /**
   * Names the witness and so the class of the receipts: keccak256(x, y) of a P-256 key (class 1, the client), the
   * orchestrator's signer left-padded to 32 bytes (class 2), or the signer of the other node of a relay leg (class 3).
   */
  readonly clientKey: Hex;
  /** Seconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly maxKbps: number;
  /** Smallest token unit per GiB (2^30 bytes), received and sent bytes together. */
  readonly pricePerGiB: bigint;
  /** The most that one epoch of this grant may cost. */
  readonly maxValue: bigint;
}

/** The EIP-712 struct hash (without the domain): what `Receipt.grant` names and leaves are sorted by. */
export const hashGrant: (grant: Grant) => Hex = structHasher('Grant', proofTypes.Grant);

/** @param salt 32 secret bytes of the orchestrator, so that room names cannot be guessed from the chain */
export function sessionIdOf(salt: Hex, room: string): Hex {
  return keccak256(concat([salt, `0x${Buffer.from(stringToBytes(room)).toString('hex')}`]));
}

/** clientKey of a secp256k1 witness. */
export function clientKeyOfSigner(signer: Hex): Hex {
  return `0x${signer.slice(2).toLowerCase().padStart(64, '0')}`;
}
