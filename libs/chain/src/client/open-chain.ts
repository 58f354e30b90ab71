import { createPublicClient, http, type PublicClient } from 'viem';
import { asChainError } from '../errors/contract-error.js';
import { wrongChain } from './wrong-chain.js';

const requestTimeoutMs = 5_000;
const retries = 1;
const pollingMs = 500;

export interface ChainSettings {
  /** CHROOM_RPC_URL */
  readonly rpcUrl: string;
  /** CHROOM_CHAIN_ID: a node that answers for another chain is refused. */
  readonly chainId: number;
}

/** A client without keys. Every request has a deadline; an endpoint that stalls is an endpoint that fails. */
export function createChainClient({ rpcUrl }: Pick<ChainSettings, 'rpcUrl'>): PublicClient {
  return createPublicClient({
    transport: http(rpcUrl, { timeout: requestTimeoutMs, retryCount: retries }),
    pollingInterval: pollingMs,
  });
}

/** @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when the endpoint serves another chain */
export async function openChain(settings: ChainSettings): Promise<PublicClient> {
  const client = createChainClient(settings);
  const received = await client.getChainId().catch((error: unknown) => {
    throw asChainError(error, 'the chain');
  });
  if (received !== settings.chainId) throw wrongChain(settings.chainId, received);
  return client;
}
