import type { BatchHeader } from '@chroom/protocol/proofs';
import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

/** Pays a batch whose challenge window has passed; anybody may send it. */
export function settleCall(contracts: Contracts, header: BatchHeader): ContractCall {
  const data = encodeFunctionData({ abi: chroomProofsAbi, functionName: 'settle', args: [header] });
  return { name: 'settle', to: contracts.proofs, data };
}
