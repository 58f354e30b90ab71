import type { EpochClock } from '@chroom/protocol/proofs';
import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export async function readClock(client: PublicClient, contracts: Pick<Contracts, 'core'>): Promise<EpochClock> {
  try {
    const { start, slotSeconds } = await client.readContract({
      address: contracts.core,
      abi: chroomCoreAbi,
      functionName: 'clock',
    });
    return { startSec: start, slotSec: slotSeconds };
  } catch (error) {
    throw asChainError(error, 'clock');
  }
}
