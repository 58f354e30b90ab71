import { backoffMs, type Clock, systemClock } from '@chroom/protocol';
import type { PublicClient } from 'viem';
import type { Deployment } from '../deploy/deploy-contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { type ChainEvent, parseEvents } from './chain-events.js';
import { type FollowerSnapshot, type FollowerStore, MemoryFollowerStore } from './follower-store.js';
import { applyEvent, emptyState, type NetworkState } from './network-state.js';

const defaultConfirmations = 2;
const defaultPollMs = 500;
/** Providers refuse larger ranges. */
const defaultBlocksPerRead = 2000;
const outage = { firstMs: 1000, longestMs: 60_000 };

export interface ChainFollowerOptions {
  readonly client: PublicClient;
  readonly contracts: Deployment;
  /** Blocks above an event until it counts (C of CHAIN section 8). */
  readonly confirmations?: number;
  readonly store?: FollowerStore;
  readonly pollMs?: number;
  readonly blocksPerRead?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Told once when the chain stops answering and once when it does again; what is known stays in use meanwhile. */
  readonly onOutage?: (error: unknown) => void;
  readonly onRecovery?: () => void;
}

/** What a step of the follower came to. */
export type FollowResult =
  | { readonly kind: 'current' }
  | { readonly kind: 'advanced'; readonly events: readonly ChainEvent[] }
  /** The final block is no longer part of the chain: everything was forgotten and will be read again. */
  | { readonly kind: 'reorganized' }
  /** The endpoint has less than what was final (it lags, or forgot): nothing changes until it catches up. */
  | { readonly kind: 'behind' };

/**
 * Reads the events of the network's contracts, each once and in order, as soon as it is final (`confirmations` blocks
 * deep). A reorganization above that depth is never seen; one below it is noticed by the hash of the last final block,
 * and the state is read anew from the deployment. It owns its cursor and the state; listeners are called one after the
 * other, after the snapshot was stored: after a kill between the two, events of one step are not told again, so whoever
 * keeps own books asks `state` or the chain first.
 */
export class ChainFollower {
  private snapshot: FollowerSnapshot | undefined;
  private readonly listeners = new Set<(result: FollowResult) => void>();
  private readonly store: FollowerStore;
  private readonly clock: Clock;
  private readonly stopping = new AbortController();
  private loop: Promise<void> | undefined;

  private constructor(private readonly options: ChainFollowerOptions) {
    this.store = options.store ?? new MemoryFollowerStore();
    this.clock = options.clock ?? systemClock;
  }

  /** Continues from the stored snapshot, if it is one of this network. Reads nothing of the chain yet. */
  static async open(options: ChainFollowerOptions): Promise<ChainFollower> {
    const follower = new ChainFollower(options);
    const stored = await follower.store.load();
    if (stored?.network === follower.network) follower.snapshot = stored;
    return follower;
  }

  get state(): NetworkState {
    return this.snapshot?.state ?? emptyState;
  }

  /** The last final block that was read; undefined before the first. */
  get blockNumber(): bigint | undefined {
    return this.snapshot?.blockNumber;
  }

  /** Calls `listener` after every step that changed something, until the returned function is called. */
  onStep(listener: (result: FollowResult) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Reads until everything final is known. @throws ChroomError CHAIN_UNAVAILABLE */
  async catchUp(): Promise<void> {
    for (;;) {
      const { kind } = await this.step();
      if (kind === 'current' || kind === 'behind') return;
    }
  }

  /** Follows until `stop`; an endpoint that fails is asked again after 1 s to 60 s. */
  start(): void {
    this.loop ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
  }

  /** One read of at most `blocksPerRead` blocks. Not to be called while it is started. */
  async step(): Promise<FollowResult> {
    const result = await this.advance().catch((error: unknown) => {
      throw asChainError(error, 'events of the network');
    });
    if (result.kind === 'advanced' || result.kind === 'reorganized') {
      for (const listener of this.listeners) listener(result);
    }
    return result;
  }

  private get network(): string {
    return `${this.options.contracts.chainId}:${this.options.contracts.core}`;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.catchUp();
        if (failures > 0) this.options.onRecovery?.();
        failures = 0;
        await this.clock.sleep(this.options.pollMs ?? defaultPollMs, this.stopping.signal);
      } catch (error) {
        if (failures === 0) this.options.onOutage?.(error);
        const waitMs = backoffMs(outage, failures++, this.options.random ?? Math.random);
        await this.clock.sleep(waitMs, this.stopping.signal);
      }
    }
  }

  private async advance(): Promise<FollowResult> {
    const { client, contracts } = this.options;
    const head = await client.getBlockNumber({ cacheTime: 0 });
    const final = head - BigInt(this.options.confirmations ?? defaultConfirmations);
    const done = this.snapshot;
    if (done) {
      if (head < done.blockNumber) return { kind: 'behind' };
      const known = await client.getBlock({ blockNumber: done.blockNumber });
      if (known.hash !== done.blockHash) {
        this.snapshot = undefined;
        return { kind: 'reorganized' };
      }
    }
    const from = done ? done.blockNumber + 1n : contracts.deploymentBlock;
    if (final < from) return { kind: 'current' };
    const furthest = from + BigInt(this.options.blocksPerRead ?? defaultBlocksPerRead) - 1n;
    return this.read(from, furthest < final ? furthest : final);
  }

  private async read(from: bigint, to: bigint): Promise<FollowResult> {
    const { client, contracts } = this.options;
    const last = await client.getBlock({ blockNumber: to });
    const logs = await client.getLogs({
      address: [contracts.core, contracts.proofs],
      fromBlock: from,
      toBlock: to,
    });
    // The range was replaced while it was read: nothing of it counts, the next step reads it again.
    if ((await client.getBlock({ blockNumber: to })).hash !== last.hash) return { kind: 'behind' };
    const events = parseEvents(logs.filter((log) => !log.removed));
    const snapshot = {
      network: this.network,
      blockNumber: to,
      blockHash: last.hash,
      state: events.reduce(applyEvent, this.state),
    };
    // An empty range changes nothing that a restart could not find out again quickly.
    if (events.length > 0 || !this.snapshot) await this.store.save(snapshot);
    this.snapshot = snapshot;
    return { kind: 'advanced', events };
  }
}
