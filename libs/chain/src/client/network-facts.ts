import { ChroomError, type EpochClock } from '@chroom/protocol';
import type { Address, Hex } from 'viem';
import type { Deployment } from '../deploy/deploy-contracts.js';
import { checksummed } from './checksummed.js';
import type { RpcSource } from './rpc-source.js';

/** What never changes about a network, and is therefore known also while its chain is away. */
export interface NetworkFacts {
  readonly contracts: Deployment;
  readonly clock: EpochClock;
}

/** Functions of ChroomCore; a test compares them with the ABI. */
export const coreSelectors = {
  proofs: '0x435d53f2',
  asset: '0x38d52e0f',
  clock: '0x91ddadf4',
  funds: '0x963a9cbc',
  fundWithdrawal: '0x4656f5b4',
} as const satisfies Record<string, Hex>;

/**
 * The start-up probe: the right chain, and a ChroomCore at its address.
 * @throws ChroomError CHAIN_UNAVAILABLE or CHAIN_WRONG
 */
export async function readNetworkFacts(
  source: RpcSource,
  network: { readonly chainId: number; readonly core: Address; readonly deploymentBlock: bigint },
): Promise<NetworkFacts> {
  const { chainId, deploymentBlock } = network;
  const received = await source.chainId();
  if (received !== chainId) {
    throw new ChroomError(
      'CHAIN_WRONG',
      `Expected chain ${chainId}, the endpoint serves ${received}. Set CHROOM_RPC_URL or CHROOM_CHAIN_ID.`,
    );
  }
  const core = checksummed(network.core.slice(2).toLowerCase());
  const [[proofs = ''], [token = ''], [start, slot]] = await Promise.all([
    source.read(core, coreSelectors.proofs, 1),
    source.read(core, coreSelectors.asset, 1),
    source.read(core, coreSelectors.clock, 2),
  ]);
  return {
    contracts: {
      chainId,
      core,
      proofs: checksummed(proofs.slice(-40)),
      token: checksummed(token.slice(-40)),
      deploymentBlock,
    },
    clock: { startSec: Number(BigInt(`0x${start}`)), slotSec: Number(BigInt(`0x${slot}`)) },
  };
}
