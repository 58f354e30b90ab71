import { ChroomError, type Hex, type MemberKeys } from '@chroom/protocol';
import { assembleBatch, type ProofDigests, signAsMember } from '@chroom/receipts';
import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import type { ChainKnowledge } from '../chain/chain-knowledge.js';
import { judgeLeaf } from '../ingest/accept-leaves.js';
import { insertBatch } from '../storage/batch-store.js';
import { storeLeafFile } from '../storage/leaf-file-store.js';
import { type BatchName, isSealed, type KeptReceipt, lockBatchName, receiptsOf } from '../storage/receipt-store.js';

export interface SealingParts {
  readonly database: DataSource;
  readonly knowledge: ChainKnowledge;
  readonly digests: ProofDigests;
  readonly nodeKeys: ReadonlyMap<bigint, MemberKeys>;
  readonly logger: Logger;
}

/** epoch.seal: ordered rows become tree, leaf file, signed header and batch row, in one transaction. Idempotent. */
export class SealEpoch {
  constructor(private readonly parts: SealingParts) {}

  /** @throws ChroomError CHAIN_UNAVAILABLE, MEMBER_UNKNOWN, or SIGNER_KEY_MISSING while we lack the node's key of that epoch */
  async seal(name: BatchName): Promise<void> {
    const { database, knowledge, digests, logger } = this.parts;
    const key = await this.keyOf(name);
    const { standard } = await knowledge.chain.rulesAt(name.epoch);
    await database.transaction(async (db) => {
      await lockBatchName(db, name, 'alone');
      if (await isSealed(db, name)) return;
      const leaves = await this.certain(name, await receiptsOf(db, name));
      if (leaves.length === 0) return;
      const { header, leafFile } = assembleBatch(
        name,
        leaves.map(({ leaf }) => leaf),
        standard,
      );
      await storeLeafFile(db, header.data, leafFile);
      const batch = await insertBatch(db, header, signAsMember(key, digests.header(header)));
      logger.info('batch sealed', { batch, epoch: name.epoch, leaves: header.leaves, value: header.value });
    });
  }

  private async keyOf({ nodeId, epoch }: BatchName): Promise<Hex> {
    const keys = this.parts.nodeKeys.get(nodeId);
    const registered = await this.parts.knowledge.chain.signerAt(nodeId, epoch);
    if (keys && registered) return keys.keyOf(registered);
    throw new ChroomError(
      'MEMBER_UNKNOWN',
      `expected node ${nodeId} to be ours and registered in epoch ${epoch}; the chain names ${registered ?? 'no signer'}`,
    );
  }

  /** What was taken while the chain was away, or could still turn back, is judged again; what does not hold stays out. */
  private async certain(name: BatchName, receipts: readonly KeptReceipt[]): Promise<KeptReceipt[]> {
    const held: KeptReceipt[] = [];
    for (const receipt of receipts) {
      if (receipt.verified) {
        held.push(receipt);
        continue;
      }
      const verdict = await judgeLeaf(this.parts, name, receipt.leaf);
      if (verdict.ok && verdict.isCertain) held.push(receipt);
      else if (verdict.ok)
        throw new ChroomError('CHAIN_UNAVAILABLE', 'the keys of unverified receipts are not known yet');
      else this.parts.logger.warn('a receipt does not hold', { grant: receipt.grantHash, fault: verdict.fault });
    }
    return held;
  }
}
