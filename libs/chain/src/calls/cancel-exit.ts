import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface CancelExitParameters {
  readonly id: bigint;
}

/** Owner only, while the epoch of the request runs. */
export function cancelExitCall(contracts: Contracts, parameters: CancelExitParameters): ContractCall {
  const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'cancelExit', args: [parameters.id] });
  return { name: 'cancelExit', to: contracts.core, data };
}
