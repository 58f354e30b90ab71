import { backoffMs } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import type { Hex } from 'viem';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { type BatchRow, findBatches, moveBatches, postponeEnd } from '../storage/batch-store.js';
import { keepFilesForADay } from '../storage/leaf-file-store.js';
import { type MoveDetails, moveOutbox, type OutboxRow, type OutboxState } from '../storage/outbox-store.js';

/** Where a batch is while a row of this kind is on its way. */
export const endStage = { settle: 'settling', release: 'releasing' } as const;
type EndStage = (typeof endStage)[keyof typeof endStage];

/** With these, the last of the tries is about four days after the first. */
export const endRetry = { firstMs: 60_000, longestMs: 6 * 3_600_000 };
export const endAttemptsMost = 24;

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
        const { submittedAt: submittedAtSec, solo } = batch;
        await moveBatches(db, [key], 'authorised', 'submitted', { submittedAtSec, solo });
      } else if (row.kind === 'settle' || row.kind === 'release')
        await endBatch(db, key, endStage[row.kind], batch?.state);
    }
  });
}

/** A batch that somebody settled or rejected ends; the others are planned again. */
async function endBatch(db: EntityManager, key: Hex, from: EndStage, state: string | undefined): Promise<void> {
  const to = state === 'settled' ? 'settled' : state === 'rejected' ? 'released' : 'submitted';
  await moveBatches(db, [key], from, to);
  if (to === 'submitted') return;
  const [row] = await findBatches(db, [key]);
  if (row) await keepFilesForADay(db, row.header.data);
}

/** The row waits for a person. Batches that it should have ended are planned anew, later; that of a submission is dead too. */
export async function applyDead(
  database: DataSource,
  logger: Logger,
  row: OutboxRow,
  from: OutboxState,
  reason: string,
  mined?: MoveDetails['mined'],
): Promise<void> {
  await database.transaction(async (db) => {
    if (!(await moveOutbox(db, row.key, from, 'dead', { note: reason, mined }))) return;
    if (row.kind === 'submit') await moveBatches(db, row.batchKeys, 'authorised', 'dead', { note: reason });
    if (row.kind !== 'settle' && row.kind !== 'release') return;
    for (const batch of await findBatches(db, row.batchKeys)) {
      await endRefused(db, logger, batch, endStage[row.kind], reason);
    }
  });
}

/** Each try leaves a row in the outbox for good: they become rare, and after some days they end. */
async function endRefused(db: EntityManager, logger: Logger, batch: BatchRow, from: EndStage, note: string) {
  const isLast = batch.endAttempts + 1 >= endAttemptsMost;
  await moveBatches(db, [batch.key], from, isLast ? 'dead' : 'submitted', { note });
  await postponeEnd(db, batch.key, backoffMs(endRetry, batch.endAttempts, Math.random));
  if (isLast) logger.error('a batch could not be ended and needs a person', { batch: batch.key, reason: note });
}
