import type { EpochClock } from '@chroom/protocol/proofs';
import type { Address, PublicClient } from 'viem';
import type { Deployment } from '../deploy/deploy-contracts.js';
import { readClock } from '../reads/read-clock.js';
import { readContracts } from './contracts.js';

/** What never changes about a network, and is therefore known also while its chain is away. */
export interface NetworkFacts {
  readonly contracts: Deployment;
  readonly clock: EpochClock;
}

/** @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when there is no core at that address */
export async function readNetworkFacts(
  client: PublicClient,
  { core, deploymentBlock }: { readonly core: Address; readonly deploymentBlock: bigint },
): Promise<NetworkFacts> {
  const contracts = { ...(await readContracts(client, core)), deploymentBlock };
  return { contracts, clock: await readClock(client, contracts) };
}
