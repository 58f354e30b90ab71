import type { BatchHeader } from '@chroom/protocol/proofs';
import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

/** Pays several batches; all or none. */
export function settleManyCall(contracts: Contracts, headers: readonly BatchHeader[]): ContractCall {
  const data = encodeFunctionData({ abi: chroomProofsAbi, functionName: 'settleMany', args: [[...headers]] });
  return { name: 'settleMany', to: contracts.proofs, data };
}
