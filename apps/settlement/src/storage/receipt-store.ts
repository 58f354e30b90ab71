import { type Leaf, packLeaf, unpackLeaf } from '@chroom/protocol/proofs';
import { bytesToHex, type Hex } from 'viem';

/** A connection or a transaction. */
export interface Queryable {
  query<T = unknown>(statement: string, parameters?: unknown[]): Promise<T>;
}

/** One batch there is per such a triple, ever. */
export interface BatchName {
  readonly nodeId: bigint;
  readonly orchId: bigint;
  readonly epoch: number;
}

export interface KeptReceipt {
  readonly grantHash: Hex;
  readonly leaf: Leaf;
  /** false: to be checked again with the keys of the chain. */
  readonly verified: boolean;
}

/** Held by deliveries together, by the seal alone: no receipt slips in behind the batch. */
export async function lockBatchName(db: Queryable, name: BatchName, mode: 'shared' | 'alone'): Promise<void> {
  const lock = mode === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
  await db.query(`SELECT ${lock}(hashtextextended($1, 1))`, [`batch ${name.nodeId} ${name.orchId} ${name.epoch}`]);
}

export async function isSealed(db: Queryable, { nodeId, orchId, epoch }: BatchName): Promise<boolean> {
  const rows = await db.query<unknown[]>('SELECT 1 FROM batch WHERE node_id = $1 AND orch_id = $2 AND epoch = $3', [
    nodeId.toString(),
    orchId.toString(),
    epoch,
  ]);
  return rows.length > 0;
}

export async function keptOf(db: Queryable, epoch: number, grants: readonly Hex[]): Promise<Map<Hex, Leaf>> {
  const rows = await db.query<{ grant_hash: Hex; leaf: Buffer }[]>(
    'SELECT grant_hash, leaf FROM kept_receipt WHERE epoch = $1 AND grant_hash = ANY($2) FOR UPDATE',
    [epoch, grants],
  );
  return new Map(rows.map((row) => [row.grant_hash, unpackLeaf(bytesToHex(row.leaf))]));
}

/** A row with a higher seq stays, whoever comes first. */
export async function keepReceipts(db: Queryable, name: BatchName, receipts: readonly KeptReceipt[]): Promise<void> {
  if (receipts.length === 0) return;
  await db.query(
    `INSERT INTO kept_receipt (grant_hash, epoch, node_id, orch_id, seq, leaf, verified)
     SELECT grant_hash, $1, $2, $3, seq, leaf, verified
     FROM unnest($4::text[], $5::bigint[], $6::bytea[], $7::boolean[]) AS delivered (grant_hash, seq, leaf, verified)
     ORDER BY grant_hash
     ON CONFLICT (grant_hash, epoch) DO UPDATE
       SET seq = excluded.seq, leaf = excluded.leaf, verified = excluded.verified, received_at = now()
       WHERE kept_receipt.seq < excluded.seq`,
    [
      name.epoch,
      name.nodeId.toString(),
      name.orchId.toString(),
      receipts.map(({ grantHash }) => grantHash),
      receipts.map(({ leaf }) => leaf.receipt.seq),
      receipts.map(({ leaf }) => Buffer.from(packLeaf(leaf).slice(2), 'hex')),
      receipts.map(({ verified }) => verified),
    ],
  );
}

export async function receiptsOf(db: Queryable, { nodeId, orchId, epoch }: BatchName): Promise<KeptReceipt[]> {
  const rows = await db.query<{ grant_hash: Hex; leaf: Buffer; verified: boolean }[]>(
    `SELECT grant_hash, leaf, verified FROM kept_receipt
     WHERE node_id = $1 AND orch_id = $2 AND epoch = $3 ORDER BY grant_hash`,
    [nodeId.toString(), orchId.toString(), epoch],
  );
  return rows.map((row) => ({
    grantHash: row.grant_hash,
    leaf: unpackLeaf(bytesToHex(row.leaf)),
    verified: row.verified,
  }));
}

/** Triples up to an epoch that have receipts and no batch. */
export async function unsealedUpTo(db: Queryable, epoch: number, most: number): Promise<BatchName[]> {
  const rows = await db.query<{ node_id: string; orch_id: string; epoch: string }[]>(
    `SELECT DISTINCT node_id, orch_id, epoch FROM kept_receipt AS kept
     WHERE epoch <= $1 AND NOT EXISTS (
       SELECT 1 FROM batch WHERE batch.node_id = kept.node_id AND batch.orch_id = kept.orch_id AND batch.epoch = kept.epoch
     ) ORDER BY epoch LIMIT $2`,
    [epoch, most],
  );
  return rows.map((row) => ({ nodeId: BigInt(row.node_id), orchId: BigInt(row.orch_id), epoch: Number(row.epoch) }));
}
