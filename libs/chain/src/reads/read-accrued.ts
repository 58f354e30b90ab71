import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

/** What a member has earned and not claimed yet. */
export async function readAccrued(client: PublicClient, contracts: Contracts, id: bigint): Promise<bigint> {
  try {
    return await client.readContract({
      address: contracts.core,
      abi: chroomCoreAbi,
      functionName: 'accrued',
      args: [id],
    });
  } catch (error) {
    throw asChainError(error, 'accrued');
  }
}
