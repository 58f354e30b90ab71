import { type Address, encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface ClaimParameters {
  readonly id: bigint;
  readonly to: Address;
}

/** Owner only: pays what a member has earned and not claimed yet. */
export function claimCall(contracts: Contracts, parameters: ClaimParameters): ContractCall {
  const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'claim', args: [parameters.id, parameters.to] });
  return { name: 'claim', to: contracts.core, data };
}
