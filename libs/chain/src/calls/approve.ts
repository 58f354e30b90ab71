import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';

export interface ApproveParameters {
  /** Smallest unit of the asset. */
  readonly amount: bigint;
}

/** Lets ChroomCore take up to `amount` from the sender; before register with a stake, addStake and fund. */
export function approveCall(contracts: Contracts, { amount }: ApproveParameters): ContractCall {
  const data = encodeFunctionData({ abi: chroomTokenAbi, functionName: 'approve', args: [contracts.core, amount] });
  return { name: 'approve', to: contracts.token, data };
}
