import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import type { SignedBatch } from './submit.js';

/** Claims the values of several batches; all or none. */
export function submitManyCall(contracts: Contracts, batches: readonly SignedBatch[]): ContractCall {
  const data = encodeFunctionData({
    abi: chroomProofsAbi,
    functionName: 'submitMany',
    args: [
      batches.map(({ header }) => header),
      batches.map(({ nodeSignature }) => nodeSignature),
      batches.map(({ orchSignature }) => orchSignature),
    ],
  });
  return { name: 'submitMany', to: contracts.proofs, data };
}
