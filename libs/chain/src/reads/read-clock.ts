import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import type { EpochClock } from './epoch-clock.js';

export async function readClock(client: PublicClient, contracts: Pick<Contracts, 'core'>): Promise<EpochClock> {
  try {
    return await client.readContract({ address: contracts.core, abi: chroomCoreAbi, functionName: 'clock' });
  } catch (error) {
    throw asChainError(error, 'clock');
  }
}
