import { epochAt, type Leaf, type LeafDelivery } from '@chroom/protocol/proofs';
import { decodeLeafFile, KnownGrants, orderReceipt, type ProofDigests, verifyLeaf } from '@chroom/receipts';
import type { DataSource } from 'typeorm';
import type { Hex } from 'viem';
import type { ChainKnowledge } from '../chain/chain-knowledge.js';
import {
  type BatchName,
  isSealed,
  type KeptReceipt,
  keepReceipts,
  keptOf,
  lockBatchName,
} from '../storage/receipt-store.js';

export interface IngestParts {
  readonly database: DataSource;
  readonly knowledge: ChainKnowledge;
  readonly digests: ProofDigests;
  /** Nodes whose keys we hold. */
  readonly isOwnNode: (nodeId: bigint) => boolean;
  readonly nowSec: () => number;
  /** Receipts that are no fault of their sender's could not be taken. */
  readonly onUnable: () => void;
}

interface Delivered {
  readonly index: number;
  readonly leaf: Leaf;
  readonly grantHash: Hex;
}

type Refusal = LeafDelivery['refused'][number];

/** A clock of a node may be ahead by so much. */
const futureToleranceSec = 30;

/** receipts.ingest: verify, keep the highest seq of each grant and epoch. What is answered as kept is committed. */
export class AcceptLeaves {
  private readonly knownGrants = new KnownGrants();

  constructor(private readonly parts: IngestParts) {}

  /** @throws ChroomError INVALID_ARGUMENT for bytes that are no leaves, CHAIN_UNAVAILABLE when no key is known yet */
  async accept(bytes: Uint8Array): Promise<LeafDelivery> {
    const leaves = decodeLeafFile(bytes);
    try {
      return await this.acceptLeaves(leaves);
    } catch (error) {
      this.parts.onUnable();
      throw error;
    }
  }

  private async acceptLeaves(delivered: readonly Leaf[]): Promise<LeafDelivery> {
    const refused: Refusal[] = [];
    const totals = { kept: 0, known: 0 };
    for (const [name, leaves] of this.byBatch(delivered, refused)) {
      const valid = await this.verify(name, leaves, refused);
      const { kept, known } = await this.keep(name, valid, refused);
      totals.kept += kept;
      totals.known += known;
    }
    return { ...totals, refused: refused.sort((left, right) => left.index - right.index) };
  }

  private byBatch(leaves: readonly Leaf[], refused: Refusal[]): Map<BatchName, Delivered[]> {
    const names = new Map<string, BatchName>();
    const batches = new Map<BatchName, Delivered[]>();
    const { clock } = this.parts.knowledge.chain.facts;
    const newest = epochAt(clock, this.parts.nowSec() + futureToleranceSec);
    for (const [index, leaf] of leaves.entries()) {
      const { nodeId, orchId } = leaf.grant;
      const { epoch } = leaf.receipt;
      if (!this.parts.isOwnNode(nodeId)) {
        refused.push({ index, code: 'Node', message: `expected a grant for a node of this operator, got ${nodeId}` });
      } else if (epoch > newest) {
        refused.push({ index, code: 'Epoch', message: `expected an epoch up to ${newest}, received ${epoch}` });
      } else {
        const text = `${nodeId} ${orchId} ${epoch}`;
        const name = names.get(text) ?? { nodeId, orchId, epoch };
        names.set(text, name);
        batches.set(name, [...(batches.get(name) ?? []), { index, leaf, grantHash: leaf.receipt.grant }]);
      }
    }
    return batches;
  }

  private async verify(name: BatchName, leaves: readonly Delivered[], refused: Refusal[]) {
    const valid: (Delivered & { verified: boolean })[] = [];
    for (const delivered of leaves) {
      const verdict = await judgeLeaf(this.parts, name, delivered.leaf, this.knownGrants);
      if (verdict.ok) valid.push({ ...delivered, verified: verdict.isCertain && verdict.isDecided });
      else refused.push({ index: delivered.index, code: verdict.fault, message: verdict.message.slice(0, 1000) });
    }
    return valid;
  }

  private keep(name: BatchName, leaves: readonly (Delivered & { verified: boolean })[], refused: Refusal[]) {
    return this.parts.database.transaction(async (db) => {
      await lockBatchName(db, name, 'shared');
      if (await isSealed(db, name)) {
        const message = `the batch of epoch ${name.epoch} is sealed`;
        refused.push(...leaves.map(({ index }) => ({ index, code: 'EPOCH_SEALED', message })));
        return { kept: 0, known: 0 };
      }
      const newest = new Map<Hex, KeptReceipt>();
      const stored = await keptOf(db, name.epoch, [...new Set(leaves.map(({ grantHash }) => grantHash))].sort());
      let [kept, known] = [0, 0];
      for (const { index, leaf, grantHash, verified } of leaves) {
        const former = newest.get(grantHash)?.leaf ?? stored.get(grantHash);
        const order = former ? orderReceipt(former.receipt, leaf.receipt) : 'newer';
        if (order === 'newer') {
          newest.set(grantHash, { grantHash, leaf, verified });
          kept++;
        } else if (order === 'same' || order === 'older') known++;
        else refused.push({ index, code: order, message: orderMessage(order, former!, leaf) });
      }
      await keepReceipts(db, name, [...newest.values()]);
      return { kept, known };
    });
  }
}

/** One leaf against keys and rules of its epochs. */
export async function judgeLeaf(
  { knowledge, digests }: Pick<IngestParts, 'knowledge' | 'digests'>,
  name: BatchName,
  leaf: Leaf,
  knownGrants?: KnownGrants,
) {
  const { clock } = knowledge.chain.facts;
  const grantEpoch = Math.min(epochAt(clock, leaf.grant.notBefore), name.epoch);
  const [key, rules] = [await knowledge.signerAt(name.orchId, grantEpoch), await knowledge.rulesAt(name.epoch)];
  if (key.value === undefined) {
    const message = `orchestrator ${name.orchId} has no key in epoch ${grantEpoch}`;
    return { ok: false as const, fault: 'GrantSig' as const, message };
  }
  // Relay legs between nodes come with their own directory of keys; until then no other node can witness.
  const keys = { orchestrator: key.value, isOtherNode: () => false };
  const verdict = verifyLeaf(leaf, { digests, knownGrants, clock, standard: rules.value.standard, ...name, keys });
  const isDecided = key.isDecided && rules.isDecided;
  return { ...verdict, isCertain: key.isCertain && rules.isCertain, isDecided };
}

function orderMessage(order: string, former: Leaf, leaf: Leaf): string {
  const [then, now] = [former.receipt, leaf.receipt];
  return order === 'SEQUENCE_REUSED'
    ? `receipt ${now.seq} was delivered with other counters`
    : `counters of receipt ${now.seq} are below those of receipt ${then.seq}`;
}
