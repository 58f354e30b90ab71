import { type Address, encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface WithdrawFundParameters {
  readonly orchId: bigint;
  readonly to: Address;
}

/** Owner only: pays an announced withdrawal, or what is free of it. */
export function withdrawFundCall(contracts: Contracts, parameters: WithdrawFundParameters): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'withdrawFund',
    args: [parameters.orchId, parameters.to],
  });
  return { name: 'withdrawFund', to: contracts.core, data };
}
