import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface RequestExitParameters {
  readonly id: bigint;
}

/** Owner only: ends the member's work with the running epoch. */
export function requestExitCall(contracts: Contracts, parameters: RequestExitParameters): ContractCall {
  const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'requestExit', args: [parameters.id] });
  return { name: 'requestExit', to: contracts.core, data };
}
