import type { BatchHeader } from '@chroom/protocol/proofs';
import { encodeFunctionData, type Hex } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

/** A header with its signatures, as the contract takes it. */
export interface SignedBatch {
  readonly header: BatchHeader;
  /** EIP-2098, 64 bytes. */
  readonly nodeSignature: Hex;
  /** EIP-2098, or '0x': a solo batch, paid only after an audit. */
  readonly orchSignature: Hex;
}

/** Claims the value of one batch; anybody may send it. */
export function submitCall(contracts: Contracts, batch: SignedBatch): ContractCall {
  const data = encodeFunctionData({
    abi: chroomProofsAbi,
    functionName: 'submit',
    args: [batch.header, batch.nodeSignature, batch.orchSignature],
  });
  return { name: 'submit', to: contracts.proofs, data };
}
