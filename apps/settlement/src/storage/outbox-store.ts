import type { Address, Hex } from 'viem';
import type { Queryable } from './receipt-store.js';

export type OutboxKind = 'submit' | 'settle' | 'release' | 'claim';

/** ready -> signed -> mined -> final, or dead. */
export type OutboxState = 'ready' | 'signed' | 'mined' | 'final' | 'dead';

/**
 * signed -> ready: its nonce was spent by somebody else, or lies behind a gap. signed or mined -> signed: a block with it vanished.
 * ready or signed -> final: the contract shows that it is done already.
 */
const allowedMoves: Readonly<Record<OutboxState, readonly OutboxState[]>> = {
  ready: ['signed', 'final', 'dead'],
  signed: ['mined', 'ready', 'final', 'dead'],
  mined: ['signed', 'final', 'dead'],
  final: [],
  dead: [],
};

export interface OutboxRow {
  readonly key: string;
  readonly kind: OutboxKind;
  readonly nodeId: bigint;
  readonly batchKeys: readonly Hex[];
  readonly state: OutboxState;
  readonly sender: Address | undefined;
  readonly nonce: number | undefined;
  readonly minedHash: Hex | undefined;
  readonly minedBlock: bigint | undefined;
  readonly minedBlockHash: Hex | undefined;
  readonly attempts: number;
}

export interface SignedTransaction {
  readonly hash: Hex;
  readonly nonce: number;
  readonly raw: Hex;
  readonly maxFee: bigint;
  readonly tip: bigint;
  readonly storedAtMs: number;
}

interface StoredRow {
  key: string;
  kind: OutboxKind;
  node_id: string;
  batch_keys: Hex[];
  state: OutboxState;
  sender: Address | null;
  nonce: string | null;
  mined_hash: Hex | null;
  mined_block: string | null;
  mined_block_hash: Hex | null;
  attempts: number;
}

/** Idempotent: a key is there once, whatever became of it. */
export async function insertOutbox(db: Queryable, row: Pick<OutboxRow, 'key' | 'kind' | 'nodeId' | 'batchKeys'>) {
  await db.query(
    `INSERT INTO outbox (key, kind, node_id, batch_keys, state) VALUES ($1, $2, $3, $4, 'ready')
     ON CONFLICT (key) DO NOTHING`,
    [row.key, row.kind, row.nodeId.toString(), row.batchKeys],
  );
}

export async function findOutbox(db: Queryable, key: string, lock = false): Promise<OutboxRow | undefined> {
  const rows = await db.query<StoredRow[]>(`SELECT * FROM outbox WHERE key = $1 ${lock ? 'FOR UPDATE' : ''}`, [key]);
  return rows[0] && toRow(rows[0]);
}

/** Rows on their way, lowest nonce first. */
export async function rowsOnTheWay(db: Queryable, sender: Address, most: number): Promise<OutboxRow[]> {
  const rows = await db.query<StoredRow[]>(
    `SELECT * FROM outbox WHERE state IN ('signed', 'mined') AND sender = $1 ORDER BY nonce LIMIT $2`,
    [sender, most],
  );
  return rows.map(toRow);
}

/** Keys of rows whose turn it is. */
export async function readyKeys(db: Queryable, most: number): Promise<string[]> {
  const rows = await db.query<{ key: string }[]>(
    `SELECT key FROM outbox WHERE state = 'ready' AND next_try_at <= now() ORDER BY created_at LIMIT $1`,
    [most],
  );
  return rows.map(({ key }) => key);
}

export async function countOnTheWay(db: Queryable): Promise<number> {
  const rows = await db.query<{ count: string }[]>(
    `SELECT count(*) AS count FROM outbox WHERE state IN ('signed', 'mined')`,
  );
  return Number(rows[0]?.count ?? 0);
}

export interface MoveDetails {
  readonly sender?: Address;
  readonly nonce?: number;
  readonly mined?: { readonly hash: Hex; readonly block: bigint; readonly blockHash: Hex };
  readonly note?: string;
}

/** @returns false when the row is no longer in `from`: somebody else has moved it */
export async function moveOutbox(
  db: Queryable,
  key: string,
  from: OutboxState,
  to: OutboxState,
  { sender, nonce, mined, note }: MoveDetails = {},
): Promise<boolean> {
  if (!allowedMoves[from].includes(to)) throw new RangeError(`an outbox row never moves from ${from} to ${to}`);
  const keepsNonce = to !== 'ready';
  // What is in a block waits for nothing any more.
  const keepsNote = to !== 'mined';
  const moved = await db.query<[unknown[], number]>(
    `UPDATE outbox SET state = $3,
       sender = CASE WHEN $4 THEN coalesce($5, sender) END, nonce = CASE WHEN $4 THEN coalesce($6::bigint, nonce) END,
       mined_hash = $7, mined_block = $8, mined_block_hash = $9, note = coalesce($10, CASE WHEN $11 THEN note END), next_try_at = now()
     WHERE key = $1 AND state = $2 RETURNING key`,
    [
      key,
      from,
      to,
      keepsNonce,
      sender ?? null,
      nonce ?? null,
      mined?.hash ?? null,
      mined?.block.toString() ?? null,
      mined?.blockHash ?? null,
      note?.slice(0, 1000) ?? null,
      keepsNote,
    ],
  );
  return moved[1] === 1;
}

export async function postponeOutbox(db: Queryable, key: string, delayMs: number, note: string): Promise<void> {
  await db.query(
    `UPDATE outbox SET attempts = attempts + 1, note = $3,
       next_try_at = now() + $2::double precision * interval '1 millisecond' WHERE key = $1 AND state = 'ready'`,
    [key, delayMs, note.slice(0, 1000)],
  );
}

/** What the row waits for, or what went wrong last. */
export async function noteOutbox(db: Queryable, key: string, note: string): Promise<void> {
  await db.query('UPDATE outbox SET note = $2 WHERE key = $1', [key, note.slice(0, 1000)]);
}

export async function storeTransaction(db: Queryable, key: string, transaction: SignedTransaction): Promise<void> {
  const { hash, nonce, raw, maxFee, tip } = transaction;
  await db.query(
    'INSERT INTO outbox_transaction (hash, outbox_key, nonce, raw, max_fee, tip) VALUES ($1, $2, $3, $4, $5, $6)',
    [hash, key, nonce, raw, maxFee.toString(), tip.toString()],
  );
}

/** Every version of the row's transaction under its present nonce, the newest first. */
export async function transactionsOf(db: Queryable, key: string, nonce: number): Promise<SignedTransaction[]> {
  const rows = await db.query<{ hash: Hex; nonce: string; raw: Hex; max_fee: string; tip: string; stored_at: Date }[]>(
    'SELECT * FROM outbox_transaction WHERE outbox_key = $1 AND nonce = $2 ORDER BY stored_at DESC',
    [key, nonce],
  );
  return rows.map((row) => ({
    hash: row.hash,
    nonce: Number(row.nonce),
    raw: row.raw,
    maxFee: BigInt(row.max_fee),
    tip: BigInt(row.tip),
    storedAtMs: row.stored_at.getTime(),
  }));
}

function toRow(row: StoredRow): OutboxRow {
  return {
    key: row.key,
    kind: row.kind,
    nodeId: BigInt(row.node_id),
    batchKeys: row.batch_keys,
    state: row.state,
    sender: row.sender ?? undefined,
    nonce: row.nonce === null ? undefined : Number(row.nonce),
    minedHash: row.mined_hash ?? undefined,
    minedBlock: row.mined_block === null ? undefined : BigInt(row.mined_block),
    minedBlockHash: row.mined_block_hash ?? undefined,
    attempts: row.attempts,
  };
}
