import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import type { Address } from 'viem';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { type BatchRow, batchesOfNode, moveBatches } from '../storage/batch-store.js';
import { keepFilesForADay } from '../storage/leaf-file-store.js';
import { insertOutbox } from '../storage/outbox-store.js';
import type { Queryable } from '../storage/receipt-store.js';

export interface SettlingParts {
  readonly database: DataSource;
  readonly chain: SettlementChain;
  readonly confirmations: bigint;
  /** The account that sends. */
  readonly sender: Address;
  readonly claimMinimum: bigint;
  readonly logger: Logger;
}

/** Cheapest per batch; with more, one that somebody else settled would hold up many. */
const batchesPerSettlement = 8;
const batchesLookedAt = 64;

/** chain.settle: rows of the outbox for what can be settled and claimed now. Idempotent. */
export class PlanSettlement {
  constructor(private readonly parts: SettlingParts) {}

  async plan(nodeId: bigint): Promise<void> {
    const { chain, confirmations } = this.parts;
    const head = await chain.head();
    const confirmed = head.number > confirmations ? head.number - confirmations : 0n;
    await this.planSettle(nodeId, confirmed, await chain.timeOf(confirmed));
    await this.planClaim(nodeId, confirmed);
  }

  private async planSettle(nodeId: bigint, confirmed: bigint, timeSec: number): Promise<void> {
    const due: BatchRow[] = [];
    for (const batch of await batchesOfNode(this.parts.database, nodeId, 'submitted', batchesLookedAt)) {
      if (due.length < batchesPerSettlement && (await this.isDue(batch, confirmed, timeSec))) due.push(batch);
    }
    if (due.length === 0) return;
    const batchKeys = due.map((batch) => batch.key);
    await this.parts.database.transaction(async (db) => {
      if ((await moveBatches(db, batchKeys, 'submitted', 'settling')) !== batchKeys.length)
        throw new Error('moved meanwhile');
      const key = `settle-${nodeId}-${await countRows(db, nodeId, 'settle')}`;
      await insertOutbox(db, { key, kind: 'settle', nodeId, batchKeys });
    });
  }

  private async isDue(batch: BatchRow, confirmed: bigint, timeSec: number): Promise<boolean> {
    const { challengeWindowSec } = await this.parts.chain.rulesAt(batch.header.epoch);
    if (timeSec < batch.submittedAtSec! + challengeWindowSec) return false;
    const state = (await this.parts.chain.batch(batch.key, confirmed))?.state;
    if (state === 'rejected') await this.end(batch, 'released');
    if (state === 'settled') await this.end(batch, 'settled');
    return state === 'audited' || (state === 'submitted' && batch.orchSignature !== '0x');
  }

  /** Somebody else ended it. */
  private async end(batch: BatchRow, stage: 'settled' | 'released'): Promise<void> {
    this.parts.logger.info('a batch was ended by somebody else', { batch: batch.key, stage });
    await this.parts.database.transaction(async (db) => {
      await moveBatches(db, [batch.key], 'submitted', stage);
      await keepFilesForADay(db, batch.header.data);
    });
  }

  private async planClaim(nodeId: bigint, confirmed: bigint): Promise<void> {
    const { chain, database, claimMinimum, sender } = this.parts;
    if ((await chain.accrued(nodeId, confirmed)) < claimMinimum) return;
    if ((await chain.ownerOf(nodeId))?.toLowerCase() !== sender) return;
    await database.transaction(async (db) => {
      const open = await db.query<unknown[]>(
        "SELECT 1 FROM outbox WHERE kind = 'claim' AND node_id = $1 AND state IN ('ready', 'signed', 'mined')",
        [nodeId.toString()],
      );
      if (open.length > 0) return;
      const key = `claim-${nodeId}-${await countRows(db, nodeId, 'claim')}`;
      await insertOutbox(db, { key, kind: 'claim', nodeId, batchKeys: [] });
    });
  }
}

/** Names of rows count up; a row that is there already under the name ends the race of two planners. */
async function countRows(db: Queryable, nodeId: bigint, kind: string): Promise<number> {
  const rows = await db.query<{ count: string }[]>(
    'SELECT count(*) AS count FROM outbox WHERE kind = $1 AND node_id = $2',
    [kind, nodeId.toString()],
  );
  return Number(rows[0]!.count);
}
