import { type Address, type PublicClient, zeroAddress } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

/** The key that signs for a member in an epoch; undefined when it has none. */
export async function readSignerAt(
  client: PublicClient,
  contracts: Contracts,
  id: bigint,
  epoch: number,
): Promise<Address | undefined> {
  try {
    const signer = await client.readContract({
      address: contracts.core,
      abi: chroomCoreAbi,
      functionName: 'signerAt',
      args: [id, epoch],
    });
    return signer === zeroAddress ? undefined : signer;
  } catch (error) {
    throw asChainError(error, 'signerAt');
  }
}
