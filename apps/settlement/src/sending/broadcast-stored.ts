import type { ChroomError } from '@chroom/protocol';
import { noteOutbox, type OutboxRow, type SignedTransaction } from '../storage/outbox-store.js';
import type { SendingParts } from './send-transaction.js';

/** Shows a stored transaction to the chain. When that fails the row says why, and tracking repeats it. */
export async function broadcastStored(
  { database, chain, account, logger }: Pick<SendingParts, 'database' | 'chain' | 'account' | 'logger'>,
  row: OutboxRow,
  { raw, hash }: SignedTransaction,
): Promise<void> {
  try {
    await chain.broadcast(account.address, raw);
  } catch (error) {
    const { code, message } = error as ChroomError;
    logger.warn('a broadcast failed; the next round repeats it', { outbox: row.key, hash, code, reason: message });
    await noteOutbox(database, row.key, `${code}: ${message}`);
  }
}
