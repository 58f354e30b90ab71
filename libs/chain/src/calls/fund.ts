import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface FundParameters {
  readonly orchId: bigint;
  readonly amount: bigint;
}

/** Money that pays for work in an orchestrator's rooms; the sender approved the amount before. */
export function fundCall(contracts: Contracts, parameters: FundParameters): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'fund',
    args: [parameters.orchId, parameters.amount],
  });
  return { name: 'fund', to: contracts.core, data };
}
