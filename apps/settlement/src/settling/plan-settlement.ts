import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import type { Address } from 'viem';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { type BatchRow, batchesToEnd, moveBatches } from '../storage/batch-store.js';
import { keepFilesForADay } from '../storage/leaf-file-store.js';
import { insertOutbox } from '../storage/outbox-store.js';
import type { Queryable } from '../storage/receipt-store.js';
import { endStage } from './apply-outcome.js';

export interface SettlingParts {
  readonly database: DataSource;
  readonly chain: SettlementChain;
  readonly confirmations: bigint;
  /** The account that sends. */
  readonly sender: Address;
  readonly claimMinimum: bigint;
  /** In one run, of those that the orchestrator signed and of the others. */
  readonly batchesLookedAt?: number | undefined;
  readonly logger: Logger;
}

/** Cheapest per batch; with more, one that somebody else settled would hold up many. */
const endsPerRun = 8;
const batchesLookedAtMost = 64;

type End = keyof typeof endStage;

/** chain.settle: rows of the outbox for what can be settled, released and claimed now. Idempotent. */
export class PlanSettlement {
  constructor(private readonly parts: SettlingParts) {}

  async plan(nodeId: bigint): Promise<void> {
    const { chain, confirmations } = this.parts;
    const head = await chain.head();
    const confirmed = head.number > confirmations ? head.number - confirmations : 0n;
    await this.planEnds(nodeId, confirmed, await chain.timeOf(confirmed));
    await this.planClaim(nodeId, confirmed);
  }

  private async planEnds(nodeId: bigint, confirmed: bigint, timeSec: number): Promise<void> {
    const { database, batchesLookedAt = batchesLookedAtMost } = this.parts;
    const ends: Record<End, BatchRow[]> = { settle: [], release: [] };
    // Solo ones stay much longer: among them the others would not be seen.
    for (const solo of [false, true]) {
      for (const batch of await batchesToEnd(database, nodeId, solo, batchesLookedAt)) {
        const end = await this.endOf(batch, confirmed, timeSec);
        if (end && ends[end].length < endsPerRun) ends[end].push(batch);
      }
    }
    // All of a settlement are paid or none: what was refused before does not take others with it again.
    const fresh = ends.settle.filter((batch) => batch.endAttempts === 0);
    const refused = ends.settle.filter((batch) => batch.endAttempts > 0);
    if (fresh.length > 0) await this.insertEnd('settle', nodeId, fresh);
    for (const batch of refused) await this.insertEnd('settle', nodeId, [batch]);
    for (const batch of ends.release) await this.insertEnd('release', nodeId, [batch]);
  }

  /** What ends the batch now; undefined: nothing yet. */
  private async endOf(batch: BatchRow, confirmed: bigint, timeSec: number): Promise<End | undefined> {
    const { challengeWindowSec, auditableSec } = await this.parts.chain.rulesAt(batch.header.epoch);
    const ageSec = timeSec - batch.submittedAtSec!;
    // By then it is decided whether a solo batch was audited.
    if (batch.solo ? ageSec <= auditableSec : ageSec < challengeWindowSec) return undefined;
    const state = (await this.parts.chain.batch(batch.key, confirmed))?.state;
    if (state === 'rejected') await this.close(batch, 'released');
    if (state === 'settled') await this.close(batch, 'settled');
    if (state === 'audited') return 'settle';
    return state === 'submitted' ? (batch.solo ? 'release' : 'settle') : undefined;
  }

  private async insertEnd(kind: End, nodeId: bigint, batches: readonly BatchRow[]): Promise<void> {
    const batchKeys = batches.map((batch) => batch.key);
    await this.parts.database.transaction(async (db) => {
      if ((await moveBatches(db, batchKeys, 'submitted', endStage[kind])) !== batchKeys.length)
        throw new Error('moved meanwhile');
      const key = `${kind}-${nodeId}-${await countRows(db, nodeId, kind)}`;
      await insertOutbox(db, { key, kind, nodeId, batchKeys });
    });
  }

  /** Somebody else ended it. */
  private async close(batch: BatchRow, stage: 'settled' | 'released'): Promise<void> {
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
