import { type Address, getAddress, type PublicClient } from 'viem';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

/** Where the network's contracts are. `proofs` and `token` are what the core says; the core alone is configuration. */
export interface Contracts {
  readonly chainId: number;
  readonly core: Address;
  readonly proofs: Address;
  readonly token: Address;
}

/** @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when there is no core at that address */
export async function readContracts(client: PublicClient, core: Address): Promise<Contracts> {
  const address = getAddress(core);
  try {
    const [chainId, proofs, token] = await Promise.all([
      client.getChainId(),
      client.readContract({ address, abi: chroomCoreAbi, functionName: 'proofs' }),
      client.readContract({ address, abi: chroomCoreAbi, functionName: 'asset' }),
    ]);
    return { chainId, core: address, proofs, token };
  } catch (error) {
    throw asChainError(error, `ChroomCore at ${address}`);
  }
}
