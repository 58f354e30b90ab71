import type { Address, PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';

/** Units of the asset that an account has. */
export async function readBalance(client: PublicClient, contracts: Contracts, account: Address): Promise<bigint> {
  try {
    return await client.readContract({
      address: contracts.token,
      abi: chroomTokenAbi,
      functionName: 'balanceOf',
      args: [account],
    });
  } catch (error) {
    throw asChainError(error, 'balanceOf');
  }
}
