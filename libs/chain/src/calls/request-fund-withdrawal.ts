import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface RequestFundWithdrawalParameters {
  readonly orchId: bigint;
  readonly amount: bigint;
}

/** Owner only: announces a withdrawal; 0 takes it back. */
export function requestFundWithdrawalCall(
  contracts: Contracts,
  parameters: RequestFundWithdrawalParameters,
): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'requestFundWithdrawal',
    args: [parameters.orchId, parameters.amount],
  });
  return { name: 'requestFundWithdrawal', to: contracts.core, data };
}
