import { type Address, encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface SetSignerParameters {
  readonly id: bigint;
  readonly signer: Address;
}

/** Owner only: the key that signs for the member from the next epoch on. */
export function setSignerCall(contracts: Contracts, parameters: SetSignerParameters): ContractCall {
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'setSigner',
    args: [parameters.id, parameters.signer],
  });
  return { name: 'setSigner', to: contracts.core, data };
}
