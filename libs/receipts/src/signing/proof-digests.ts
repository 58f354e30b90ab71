import {
  type BatchHeader,
  type Grant,
  hashBatchHeader,
  hashGrant,
  hashReceipt,
  proofsDomain,
  type Receipt,
} from '@chroom/protocol/proofs';
import { type Address, concat, domainSeparator, type Hex, keccak256 } from 'viem';

/** EIP-712 digests for one deployment of ChroomProofs: what grants, receipts and headers are signed over. */
export class ProofDigests {
  private readonly prefix: Hex;

  constructor(
    readonly chainId: number,
    readonly proofs: Address,
  ) {
    this.prefix = concat(['0x1901', domainSeparator({ domain: proofsDomain(chainId, proofs) })]);
  }

  grant(grant: Grant): Hex {
    return this.ofStruct(hashGrant(grant));
  }

  receipt(receipt: Receipt): Hex {
    return this.ofStruct(hashReceipt(receipt));
  }

  header(header: BatchHeader): Hex {
    return this.ofStruct(hashBatchHeader(header));
  }

  /** For callers that hold the struct hash already. */
  ofStruct(structHash: Hex): Hex {
    return keccak256(concat([this.prefix, structHash]));
  }
}
