import type { Hex } from '@chroom/protocol';
import { type EpochClock, type Standard } from '@chroom/protocol/proofs';
import type { ProofDigests } from '@chroom/receipts';

/** What never changes about the deployment that we work for. */
export interface NetworkFacts {
  readonly digests: ProofDigests;
  readonly clock: EpochClock;
}

/** Where a batch stands on chain; undefined: nothing was submitted. */
export type BatchState = 'open' | 'settled' | 'rejected' | undefined;

/** Money that is locked for an orchestrator, in the smallest unit of the token. */
export interface Fund {
  readonly total: bigint;
  /** Part of it that open batches hold. */
  readonly reserved: bigint;
  /** Announced to be withdrawn. */
  readonly leaving: bigint;
  /** Neither reserved nor leaving. */
  readonly dependable: bigint;
}

/** The chain as the proofs of this orchestrator see it: keys, standards and epochs come from its events alone. */
export abstract class ProofNetwork {
  abstract readonly facts: NetworkFacts;
  /** The registered key of an epoch; undefined: no such active member then. */
  abstract signerAt(memberId: bigint, epoch: number): Hex | undefined;
  abstract standardAt(epoch: number): Standard | undefined;
  /** @throws ChroomError CHAIN_UNAVAILABLE */
  abstract batchState(batchKey: Hex): Promise<BatchState>;
  /** @throws ChroomError CHAIN_UNAVAILABLE */
  abstract fundOf(orchId: bigint): Promise<Fund>;
}
