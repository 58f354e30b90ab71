import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface AddStakeParameters {
  readonly id: bigint;
  readonly amount: bigint;
}

/** Adds to a member's stake; the sender approved the amount before. */
export function addStakeCall(contracts: Contracts, parameters: AddStakeParameters): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'addStake',
    args: [parameters.id, parameters.amount],
  });
  return { name: 'addStake', to: contracts.core, data };
}
