import { type Address, encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface WithdrawStakeParameters {
  readonly id: bigint;
  readonly to: Address;
}

/** Owner only, after the unbonding time. */
export function withdrawStakeCall(contracts: Contracts, parameters: WithdrawStakeParameters): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'withdrawStake',
    args: [parameters.id, parameters.to],
  });
  return { name: 'withdrawStake', to: contracts.core, data };
}
