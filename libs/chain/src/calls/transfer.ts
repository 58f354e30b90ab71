import { type Address, encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';

export interface TransferParameters {
  readonly to: Address;
  readonly amount: bigint;
}

/** Gives tokens of the sender to another account. */
export function transferCall(contracts: Contracts, { to, amount }: TransferParameters): ContractCall {
  const data = encodeFunctionData({ abi: chroomTokenAbi, functionName: 'transfer', args: [to, amount] });
  return { name: 'transfer', to: contracts.token, data };
}
