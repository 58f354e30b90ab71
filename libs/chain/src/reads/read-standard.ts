import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import type { ChainStandard } from './chain-standard.js';

/** The standard in force at the start of an epoch, with its version. */
export async function readStandardAt(
  client: PublicClient,
  contracts: Contracts,
  epoch: number,
): Promise<{ readonly version: number; readonly standard: ChainStandard }> {
  const proofs = { address: contracts.proofs, abi: chroomProofsAbi } as const;
  try {
    const version = await client.readContract({ ...proofs, functionName: 'versionAt', args: [epoch] });
    const standard = await client.readContract({ ...proofs, functionName: 'standard', args: [version] });
    return { version, standard };
  } catch (error) {
    throw asChainError(error, 'standard');
  }
}
