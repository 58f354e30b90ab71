import { backoffMs, type Clock, systemClock } from '@chroom/protocol';
import { type NetworkFacts, readNetworkFacts } from '../client/network-facts.js';
import type { RpcSource } from '../client/rpc-source.js';
import { type ChainEvent, parseEvents } from './chain-events.js';
import { type FollowerSnapshot, type FollowerStore, MemoryFollowerStore } from './follower-store.js';
import { applyEvent, emptyState, type NetworkState } from './network-state.js';

const defaultConfirmations = 2;
const defaultPollMs = 500;
/** Providers refuse larger ranges. */
const defaultBlocksPerRead = 2000;
const outage = { firstMs: 1000, longestMs: 60_000 };

export interface ChainFollowerOptions {
  readonly source: RpcSource;
  readonly facts: NetworkFacts;
  /** Blocks above an event until it counts. */
  readonly confirmations?: number;
  readonly store?: FollowerStore;
  readonly pollMs?: number;
  readonly blocksPerRead?: number;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Told once when the chain stops answering and once when it does again; what is known stays in use meanwhile. */
  readonly onOutage?: (error: unknown) => void;
  readonly onRecovery?: () => void;
  /** Told when a snapshot could not be stored; it is tried again with the next one. */
  readonly onUnsaved?: (error: unknown) => void;
}

/** What a step of the follower came to. */
export type FollowResult =
  | { readonly kind: 'current' }
  | { readonly kind: 'advanced'; readonly events: readonly ChainEvent[] }
  /** The final block is no longer part of the chain: the state was read anew, as a whole. */
  | { readonly kind: 'reorganized' }
  /** The endpoint has less than what was final (it lags, or forgot): nothing changes until it catches up. */
  | { readonly kind: 'behind' };

/**
 * Reads the events of the network's contracts, each once and in order, as soon as it is final (`confirmations` blocks
 * deep). A reorganization above that depth is never seen; one below it is noticed by the hash of the last final block,
 * and the state is read anew from the deployment before it takes the place of the known one. An endpoint that has become
 * another network's is one that fails. It owns its cursor and the state; listeners are called one after the other, after
 * the snapshot was stored: after a kill between the two, events of one step are not told again, so whoever keeps own
 * books asks `state` or the chain first.
 */
export class ChainFollower {
  private snapshot: FollowerSnapshot | undefined;
  private isSaved = true;
  private failure: unknown;
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
    if (stored && isOf(stored, options.facts)) follower.snapshot = stored;
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
    const result = await this.advance();
    if (result.kind === 'advanced' || result.kind === 'reorganized') {
      for (const listener of this.listeners) listener(result);
    }
    return result;
  }

  /** Why the chain is not followed at the moment; undefined while it answers. */
  get outage(): unknown {
    return this.failure;
  }

  /** Also for others who ask the same endpoint. */
  noteOutage(error: unknown): void {
    if (this.failure === undefined) this.options.onOutage?.(error);
    this.failure = error;
  }

  private noteAnswer(): void {
    if (this.failure !== undefined) this.options.onRecovery?.();
    this.failure = undefined;
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      try {
        await this.catchUp();
        failures = 0;
        this.noteAnswer();
        await this.clock.sleep(this.options.pollMs ?? defaultPollMs, this.stopping.signal);
      } catch (error) {
        this.noteOutage(error);
        const waitMs = backoffMs(outage, failures++, this.options.random ?? Math.random);
        await this.clock.sleep(waitMs, this.stopping.signal);
      }
    }
  }

  private async advance(): Promise<FollowResult> {
    const { source, facts } = this.options;
    const head = await source.blockNumber();
    const final = head - BigInt(this.options.confirmations ?? defaultConfirmations);
    const done = this.snapshot;
    if (done) {
      if (head < done.blockNumber) return { kind: 'behind' };
      if ((await source.blockHash(done.blockNumber)) !== done.blockHash) return this.readAnew(final);
    }
    const from = done ? done.blockNumber + 1n : facts.contracts.deploymentBlock;
    if (final < from) return { kind: 'current' };
    const read = await this.read(done?.state ?? emptyState, from, final);
    if (!read) return { kind: 'behind' };
    // An empty range changes nothing that a restart could not find out again quickly.
    await this.keep(read.snapshot, read.events.length > 0 || !done);
    return { kind: 'advanced', events: read.events };
  }

  private async readAnew(final: bigint): Promise<FollowResult> {
    const { source, facts } = this.options;
    await readNetworkFacts(source, facts.contracts);
    let anew: FollowerSnapshot | undefined;
    for (let from = facts.contracts.deploymentBlock; from <= final; from = anew.blockNumber + 1n) {
      const read = await this.read(anew?.state ?? emptyState, from, final);
      if (!read) return { kind: 'behind' };
      anew = read.snapshot;
    }
    if (!anew) return { kind: 'behind' };
    await this.keep(anew, true);
    return { kind: 'reorganized' };
  }

  /** At most `blocksPerRead` blocks; undefined when they were replaced meanwhile, and nothing of them counts. */
  private async read(before: NetworkState, from: bigint, final: bigint) {
    const { source, facts } = this.options;
    const furthest = from + BigInt(this.options.blocksPerRead ?? defaultBlocksPerRead) - 1n;
    const to = furthest < final ? furthest : final;
    const blockHash = await source.blockHash(to);
    const { core, proofs } = facts.contracts;
    const events = parseEvents(await source.logs([core, proofs], from, to));
    if ((await source.blockHash(to)) !== blockHash) return undefined;
    const state = events.reduce(applyEvent, before);
    return { events, snapshot: { facts, blockNumber: to, blockHash, state } };
  }

  /** A store that fails costs time at the next start, not the knowledge of now. */
  private async keep(snapshot: FollowerSnapshot, isNews: boolean): Promise<void> {
    if (isNews || !this.isSaved) {
      this.isSaved = await this.store.save(snapshot).then(
        () => true,
        (error: unknown) => {
          this.options.onUnsaved?.(error);
          return false;
        },
      );
    }
    this.snapshot = snapshot;
  }
}

function isOf({ facts }: FollowerSnapshot, { contracts }: NetworkFacts): boolean {
  return facts?.contracts?.chainId === contracts.chainId && facts.contracts.core === contracts.core;
}
