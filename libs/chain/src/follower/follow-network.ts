import { ChroomError, type Clock, systemClock } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';
import { type NetworkFacts, readNetworkFacts } from '../client/network-facts.js';
import type { NetworkSettings } from '../client/network-settings.js';
import { RpcSource } from '../client/rpc-source.js';
import { ChainFollower } from './chain-follower.js';
import { ChainMemberDirectory } from './chain-member-directory.js';
import type { FollowerStore } from './follower-store.js';

export interface FollowNetworkOptions {
  /** Of this process; what it holds is enough to start while the chain is away. */
  readonly store: FollowerStore;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** Members, keys and standards of a network, as long as a process runs. */
export interface FollowedNetwork {
  /** For what no event tells. */
  readonly source: RpcSource;
  readonly facts: NetworkFacts;
  readonly follower: ChainFollower;
  readonly directory: ChainMemberDirectory;
  /** For the health of the process: why the chain is not followed now. */
  readonly problem: () => string | undefined;
  close(): Promise<void>;
}

/**
 * The start-up probe of every process that has members to check: the right chain, and a ChroomCore at its address. Then
 * it reads what is final now, and follows the chain from there on.
 * @throws ChroomError CHAIN_WRONG; CHAIN_UNAVAILABLE when it does not answer and the store knows nothing of this network
 */
export async function followNetwork(
  settings: NetworkSettings,
  { store, logger, clock = systemClock }: FollowNetworkOptions,
): Promise<FollowedNetwork> {
  const source = new RpcSource(settings.rpcUrl);
  const [facts, outage] = await factsOf(source, settings, store);
  const follower = await ChainFollower.open({
    source,
    facts,
    store,
    clock,
    confirmations: settings.confirmations,
    onOutage: (error) =>
      logger.warn('the chain does not answer; what is known of it stays in use', { variable: 'CHROOM_RPC_URL', error }),
    onRecovery: () => logger.info('the chain answers again'),
    onUnsaved: (error) => logger.warn('what is known of the chain could not be stored', { error }),
  });
  if (outage) follower.noteOutage(outage);
  else await follower.catchUp();
  follower.start();
  const directory = new ChainMemberDirectory(follower, facts.clock, clock);
  return {
    source,
    facts,
    follower,
    directory,
    problem: () => (follower.outage === undefined ? undefined : (follower.outage as Error).message),
    async close() {
      directory.close();
      await follower.stop();
    },
  };
}

/** From the chain, or as stored while it is away; then with the reason. */
async function factsOf(
  source: RpcSource,
  settings: NetworkSettings,
  store: FollowerStore,
): Promise<[NetworkFacts, ChroomError?]> {
  try {
    return [await readNetworkFacts(source, settings)];
  } catch (error) {
    const isAway = error instanceof ChroomError && error.code === 'CHAIN_UNAVAILABLE';
    const stored = isAway ? (await store.load())?.facts : undefined;
    if (!isAway || !stored || !isSame(stored, settings)) throw error;
    return [stored, error];
  }
}

function isSame({ contracts }: NetworkFacts, { chainId, core }: NetworkSettings): boolean {
  return contracts.chainId === chainId && contracts.core.toLowerCase() === core.toLowerCase();
}
