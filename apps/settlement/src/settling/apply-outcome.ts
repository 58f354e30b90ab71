import type { DataSource, EntityManager } from 'typeorm';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { findBatches, moveBatches } from '../storage/batch-store.js';
import { keepFilesForADay } from '../storage/leaf-file-store.js';
import { type MoveDetails, moveOutbox, type OutboxRow, type OutboxState } from '../storage/outbox-store.js';

/** The row is final, and its batches are what the contract says at the confirmed block; in one transaction. */
export async function applyFinal(
  database: DataSource,
  chain: SettlementChain,
  row: OutboxRow,
  from: OutboxState,
  confirmed: bigint,
  note?: string,
  mined?: MoveDetails['mined'],
): Promise<void> {
  const found = await Promise.all(
    row.batchKeys.map(async (key) => ({ key, batch: await chain.batch(key, confirmed) })),
  );
  await database.transaction(async (db) => {
    if (!(await moveOutbox(db, row.key, from, 'final', { note, mined }))) return;
    for (const { key, batch } of found) {
      if (row.kind === 'submit' && batch) {
        await moveBatches(db, [key], 'authorised', 'submitted', { submittedAtSec: batch.submittedAt });
      } else if (row.kind === 'settle') await endBatch(db, key, batch?.state);
    }
  });
}

/** A batch that somebody settled or rejected ends; the others are planned again. */
async function endBatch(db: EntityManager, key: `0x${string}`, state: string | undefined): Promise<void> {
  const to = state === 'settled' ? 'settled' : state === 'rejected' ? 'released' : 'submitted';
  await moveBatches(db, [key], 'settling', to);
  if (to === 'submitted') return;
  const [row] = await findBatches(db, [key]);
  if (row) await keepFilesForADay(db, row.header.data);
}

/** The row waits for a person. Batches of a settlement are free to be planned anew, that of a submission is dead too. */
export async function applyDead(
  database: DataSource,
  row: OutboxRow,
  from: OutboxState,
  reason: string,
  mined?: MoveDetails['mined'],
): Promise<void> {
  await database.transaction(async (db) => {
    if (!(await moveOutbox(db, row.key, from, 'dead', { note: reason, mined }))) return;
    if (row.kind === 'submit') await moveBatches(db, row.batchKeys, 'authorised', 'dead', { note: reason });
    if (row.kind === 'settle') await moveBatches(db, row.batchKeys, 'settling', 'submitted', { note: reason });
  });
}
