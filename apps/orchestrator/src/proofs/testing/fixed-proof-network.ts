import type { Hex } from '@chroom/protocol';
import { type EpochClock, type Standard, startStandard } from '@chroom/protocol/proofs';
import { ProofDigests } from '@chroom/receipts';
import { type BatchState, type Fund, type NetworkFacts, ProofNetwork } from '../network/proof-network.port.js';

/** Slots of one second from the time at which `ManualTime` begins, less half an epoch. */
export const specClock: EpochClock = { startSec: 1_700_000_000 - 32, slotSec: 1 };

/** A chain whose members and batches a spec sets. */
export class FixedProofNetwork extends ProofNetwork {
  override readonly facts: NetworkFacts;
  readonly signers = new Map<bigint, Hex>();
  readonly batches = new Map<Hex, BatchState>();

  constructor(clock = specClock) {
    super();
    this.facts = { digests: new ProofDigests(31_337, `0x${'c0'.repeat(20)}`), clock };
  }

  override signerAt(memberId: bigint): Hex | undefined {
    return this.signers.get(memberId);
  }

  override standardAt(): Standard {
    return startStandard;
  }

  override async fundOf(): Promise<Fund> {
    return { total: 100n, reserved: 10n, leaving: 5n, dependable: 85n };
  }

  override async batchState(batchKey: Hex): Promise<BatchState> {
    return this.batches.get(batchKey);
  }
}
