import { type NetworkFacts as ChainFacts, type ChainMemberDirectory, readBatch, readFunds } from '@chroom/chain';
import { type Hex, memberId } from '@chroom/protocol';
import type { Standard } from '@chroom/protocol/proofs';
import { ProofDigests } from '@chroom/receipts';
import type { PublicClient } from 'viem';
import { type BatchState, type Fund, type NetworkFacts, ProofNetwork } from './proof-network.port.js';

/** Keys and standards from the followed events; batches and funds are asked for when somebody wants to know. */
export class ChainProofNetwork extends ProofNetwork {
  override readonly facts: NetworkFacts;

  constructor(
    private readonly chain: ChainFacts,
    private readonly directory: ChainMemberDirectory,
    private readonly client: PublicClient,
  ) {
    super();
    const { contracts, clock } = chain;
    this.facts = { digests: new ProofDigests(contracts.chainId, contracts.proofs), clock };
  }

  override signerAt(id: bigint, epoch: number): Hex | undefined {
    return this.directory.signerAt(memberId(id), epoch);
  }

  override standardAt(epoch: number): Standard | undefined {
    return this.directory.standardAt(epoch)?.standard;
  }

  override async batchState(batchKey: Hex): Promise<BatchState> {
    const batch = await readBatch(this.client, this.chain.contracts, batchKey);
    if (!batch) return undefined;
    return batch.state === 'settled' || batch.state === 'rejected' ? batch.state : 'open';
  }

  override fundOf(orchId: bigint): Promise<Fund> {
    return readFunds(this.client, this.chain.contracts, orchId);
  }
}
