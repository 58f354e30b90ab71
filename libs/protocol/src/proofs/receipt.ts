import type { Hex } from 'viem';
import { structHasher } from './struct-hash.js';
import { proofTypes } from './typed-data.js';

/** What a witness says about one grant in one epoch. Counters are cumulative within the epoch; the highest seq counts. */
export interface Receipt {
  /** Struct hash of the Grant. */
  readonly grant: Hex;
  readonly epoch: number;
  readonly seq: number;
  /** Seconds in which media flowed. */
  readonly activeSec: number;
  /** Bit i is set when slot i of the epoch saw media (64 slots). */
  readonly slots: bigint;
  /** Bytes that the client received and sent. */
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
  readonly lossPpm: number;
  readonly jitterUs: number;
  readonly rttUs: number;
}

/** The EIP-712 struct hash (without the domain), part of the leaf. */
export const hashReceipt: (receipt: Receipt) => Hex = structHasher('Receipt', proofTypes.Receipt);

/** rx + tx: what is paid for, and a leaf's volume. */
export function receiptVolume(receipt: Receipt): bigint {
  return receipt.rxBytes + receipt.txBytes;
}
