import type { BatchHeader } from '@chroom/protocol/proofs';
import { encodeFunctionData } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

/** Ends a solo batch that nobody has audited in time: its reservation goes back to the fund. */
export function releaseUnauditedCall(contracts: Contracts, header: BatchHeader): ContractCall {
  const data = encodeFunctionData({ abi: chroomProofsAbi, functionName: 'releaseUnaudited', args: [header] });
  return { name: 'releaseUnaudited', to: contracts.proofs, data };
}
