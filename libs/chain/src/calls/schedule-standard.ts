import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import type { ChainStandard } from '../reads/chain-standard.js';

/** Governor only: a new version of the standards, in force `standardDelay` epochs later. */
export function scheduleStandardCall(contracts: Contracts, standard: ChainStandard): ContractCall {
  const data = encodeFunctionData({ abi: chroomProofsAbi, functionName: 'scheduleStandard', args: [standard] });
  return { name: 'scheduleStandard', to: contracts.proofs, data };
}
