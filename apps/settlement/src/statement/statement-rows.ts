import type { Hex } from '@chroom/protocol';
import type { StatementSession, StatementTransaction } from '@chroom/protocol/proofs';
import type { BatchStage } from '../storage/batch-store.js';
import type { OutboxKind, OutboxState } from '../storage/outbox-store.js';
import type { Queryable } from '../storage/receipt-store.js';

interface TransactionRow {
  key: string;
  kind: OutboxKind;
  state: OutboxState;
  node_id: string;
  batch_keys: Hex[];
  nonce: string | null;
  hash: Hex | null;
  mined_block: string | null;
  versions: string;
  note: string | null;
  created_at: Date;
}

const selectTransactions = `SELECT outbox.key, kind, state, node_id, batch_keys, outbox.nonce, mined_block, note, created_at,
    coalesce(mined_hash, newest.hash) AS hash, coalesce(newest.versions, 0) AS versions
  FROM outbox LEFT JOIN LATERAL (
    SELECT (array_agg(hash ORDER BY stored_at DESC))[1] AS hash, count(*) AS versions
    FROM outbox_transaction WHERE outbox_key = outbox.key
  ) AS newest ON true`;

export async function newestTransactions(db: Queryable, most: number): Promise<StatementTransaction[]> {
  const rows = await db.query<TransactionRow[]>(`${selectTransactions} ORDER BY created_at DESC LIMIT $1`, [most]);
  return rows.map(toTransaction);
}

/** By batch, the oldest first. */
export async function transactionsOfBatches(
  db: Queryable,
  keys: readonly Hex[],
): Promise<Map<Hex, StatementTransaction[]>> {
  const rows = await db.query<TransactionRow[]>(
    `${selectTransactions} WHERE batch_keys && $1::text[] ORDER BY created_at`,
    [keys],
  );
  const found = new Map<Hex, StatementTransaction[]>(keys.map((key) => [key, []]));
  for (const row of rows) for (const key of row.batch_keys) found.get(key)?.push(toTransaction(row));
  return found;
}

function toTransaction(row: TransactionRow): StatementTransaction {
  return {
    ...{ key: row.key, kind: row.kind, state: row.state, nodeId: row.node_id, batchKeys: row.batch_keys },
    nonce: row.nonce === null ? null : Number(row.nonce),
    ...{ hash: row.hash, block: row.mined_block, versions: Number(row.versions), note: row.note },
    createdAt: row.created_at.toISOString(),
  };
}

/** Values of the batches of one node and stage, with the standard's epoch left out: the caller knows the fee. */
export interface NodeSum {
  readonly node_id: string;
  readonly epoch: string;
  readonly stage: BatchStage;
  readonly value: string;
  readonly volume: string;
  readonly leaves: number;
}

/** Newest first; older ones than `most` are not part of the sums. */
export function batchSums(db: Queryable, most: number): Promise<NodeSum[]> {
  return db.query<NodeSum[]>(
    `SELECT node_id, epoch, stage, header ->> 'value' AS value, header ->> 'volume' AS volume,
       (header ->> 'leaves')::int AS leaves FROM batch ORDER BY epoch DESC LIMIT $1`,
    [most],
  );
}

export async function claimsByNode(db: Queryable): Promise<Map<string, number>> {
  const rows = await db.query<{ node_id: string; count: string }[]>(
    `SELECT node_id, count(*) AS count FROM outbox WHERE kind = 'claim' AND state = 'final' GROUP BY node_id`,
  );
  return new Map(rows.map((row) => [row.node_id, Number(row.count)]));
}

/** A packed leaf begins with its session. */
export async function receiptsOfSession(db: Queryable, session: Hex, most: number): Promise<StatementSession['items']> {
  const rows = await db.query<
    {
      grant_hash: Hex;
      node_id: string;
      epoch: string;
      seq: string;
      leaf: Buffer;
      key: Hex | null;
      stage: BatchStage | null;
    }[]
  >(
    `SELECT grant_hash, kept.node_id, kept.epoch, seq, leaf, batch.key, batch.stage
     FROM kept_receipt AS kept LEFT JOIN batch USING (node_id, orch_id, epoch)
     WHERE substring(leaf FROM 1 FOR 32) = decode($1, 'hex') ORDER BY kept.epoch DESC, grant_hash LIMIT $2`,
    [session.slice(2), most],
  );
  return rows.map((row) => ({
    ...{ grant: row.grant_hash, nodeId: row.node_id, epoch: Number(row.epoch), seq: Number(row.seq) },
    rxBytes: row.leaf.readBigUInt64BE(rxOffset).toString(),
    txBytes: row.leaf.readBigUInt64BE(rxOffset + 8).toString(),
    ...{ batchKey: row.key, stage: row.stage },
  }));
}

/** Of a packed leaf: grant 118 bytes, then epoch, seq, activeSec of 4 and slots of 8 bytes. */
const rxOffset = 118 + 4 + 4 + 4 + 8;
