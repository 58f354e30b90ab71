import type { Hex } from 'viem';
import type { Queryable } from './receipt-store.js';

export async function storeLeafFile(db: Queryable, hash: Hex, bytes: Buffer): Promise<void> {
  await db.query('INSERT INTO leaf_file (hash, bytes) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING', [hash, bytes]);
}

export async function findLeafFile(db: Queryable, hash: Hex): Promise<Buffer | undefined> {
  const rows = await db.query<{ bytes: Buffer }[]>('SELECT bytes FROM leaf_file WHERE hash = $1', [hash]);
  return rows[0]?.bytes;
}

/** Watchers may ask until a day after the settlement. */
export async function keepFilesForADay(db: Queryable, hash: Hex): Promise<void> {
  await db.query(
    "UPDATE leaf_file SET delete_after = now() + interval '24 hours' WHERE hash = $1 AND delete_after IS NULL",
    [hash],
  );
}

/** Receipts go with the file that holds them. @returns files deleted */
export async function deleteOldFiles(db: Queryable): Promise<number> {
  await db.query(
    `DELETE FROM kept_receipt USING batch, leaf_file
     WHERE leaf_file.delete_after < now() AND batch.header ->> 'data' = leaf_file.hash
       AND kept_receipt.node_id = batch.node_id AND kept_receipt.orch_id = batch.orch_id
       AND kept_receipt.epoch = batch.epoch`,
  );
  const deleted = await db.query<[unknown[], number]>(
    'DELETE FROM leaf_file WHERE delete_after < now() RETURNING hash',
  );
  return deleted[1];
}
