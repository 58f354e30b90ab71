import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

/** How long the intake has stood still since that time; submit windows are longer by it. */
export async function readStoppedSeconds(
  client: PublicClient,
  contracts: Contracts,
  sinceSec: number,
): Promise<number> {
  try {
    const stopped = await client.readContract({
      address: contracts.core,
      abi: chroomCoreAbi,
      functionName: 'stoppedSeconds',
      args: [BigInt(sinceSec)],
    });
    return Number(stopped);
  } catch (error) {
    throw asChainError(error, 'stoppedSeconds');
  }
}
