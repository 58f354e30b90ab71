import { ChroomError } from '@chroom/protocol';
import { createPublicClient, http, type PublicClient } from 'viem';
import { asChainError } from '../errors/contract-error.js';

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
  await requireChain(client, settings.chainId);
  return client;
}

/** @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when the endpoint serves another chain */
export async function requireChain(client: PublicClient, chainId: number): Promise<void> {
  const received = await client.getChainId().catch((error: unknown) => {
    throw asChainError(error, 'the chain');
  });
  if (received === chainId) return;
  throw new ChroomError(
    'CHAIN_WRONG',
    `Expected chain ${chainId}, the endpoint serves ${received}. Set CHROOM_RPC_URL or CHROOM_CHAIN_ID.`,
  );
}
