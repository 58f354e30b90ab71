import { encodeWire, parseWire } from '@chroom/protocol';
import {
  type BatchHeader,
  batchHeaderSchema,
  batchKey,
  type batchStages,
  hashBatchHeader,
} from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import type { Queryable } from './receipt-store.js';

/**
 * sealed -> authorised (co-signed, or solo near the deadline) -> submitted -> settling -> settled, or, of a solo batch
 * that nobody audited, submitted -> releasing -> released: nothing is paid, its reservation ends; dead: needs a person.
 */
export type BatchStage = (typeof batchStages)[number];

const allowedMoves: Readonly<Record<BatchStage, readonly BatchStage[]>> = {
  sealed: ['authorised', 'dead'],
  authorised: ['submitted', 'dead'],
  submitted: ['settling', 'releasing', 'settled', 'released', 'dead'],
  settling: ['submitted', 'settled', 'released', 'dead'],
  releasing: ['submitted', 'settled', 'released', 'dead'],
  settled: [],
  released: [],
  dead: [],
};

export interface BatchRow {
  readonly key: Hex;
  readonly header: BatchHeader;
  readonly headerHash: Hex;
  readonly nodeSignature: Hex;
  /** undefined until authorised; 0x: solo. */
  readonly orchSignature: Hex | undefined;
  /** Without its orchestrator; once submitted, as the chain has it. */
  readonly solo: boolean;
  readonly stage: BatchStage;
  readonly cosignAttempts: number;
  readonly submittedAtSec: number | undefined;
  /** Settlements and releases of it that the contract refused. */
  readonly endAttempts: number;
  readonly note: string | undefined;
  readonly sealedAt: Date;
}

interface StoredBatch {
  key: Hex;
  header: unknown;
  header_hash: Hex;
  node_signature: Hex;
  orch_signature: Hex | null;
  solo: boolean;
  stage: BatchStage;
  cosign_attempts: number;
  submitted_at_sec: string | null;
  end_attempts: number;
  note: string | null;
  sealed_at: Date;
}

export async function insertBatch(db: Queryable, header: BatchHeader, nodeSignature: Hex): Promise<Hex> {
  const key = batchKey(header.nodeId, header.orchId, header.epoch);
  await db.query(
    `INSERT INTO batch (key, node_id, orch_id, epoch, header, header_hash, node_signature, stage)
     VALUES ($1, $2, $3, $4, $5, $6, $7, 'sealed')`,
    [
      key,
      header.nodeId.toString(),
      header.orchId.toString(),
      header.epoch,
      JSON.stringify(encodeWire(batchHeaderSchema, header)),
      hashBatchHeader(header),
      nodeSignature,
    ],
  );
  return key;
}

export async function findBatches(db: Queryable, keys: readonly Hex[]): Promise<BatchRow[]> {
  return toRows(await db.query<StoredBatch[]>('SELECT * FROM batch WHERE key = ANY($1) ORDER BY key', [keys]));
}

/** Submitted batches of one node whose end may be tried now, oldest epoch first; solo ones end otherwise and later. */
export async function batchesToEnd(db: Queryable, nodeId: bigint, solo: boolean, most: number): Promise<BatchRow[]> {
  return toRows(
    await db.query<StoredBatch[]>(
      `SELECT * FROM batch WHERE node_id = $1 AND stage = 'submitted' AND solo = $2 AND next_try_at <= now()
       ORDER BY epoch LIMIT $3`,
      [nodeId.toString(), solo, most],
    ),
  );
}

export interface NewestFilter {
  readonly nodeId?: bigint;
  readonly stage?: BatchStage;
  /** `epoch-key` of the last batch that was seen already. */
  readonly cursor?: string;
  readonly most: number;
}

/** Newest epoch first; together with the key it says where a page begins, so that pages stay right while rows come. */
export async function newestBatches(db: Queryable, { nodeId, stage, cursor, most }: NewestFilter): Promise<BatchRow[]> {
  const [epoch, key] = cursor?.split('-') ?? [null, null];
  return toRows(
    await db.query<StoredBatch[]>(
      `SELECT * FROM batch WHERE ($1::numeric IS NULL OR node_id = $1) AND ($2::text IS NULL OR stage = $2)
         AND ($3::bigint IS NULL OR (epoch, key) < ($3, $4)) ORDER BY epoch DESC, key DESC LIMIT $5`,
      [nodeId?.toString() ?? null, stage ?? null, epoch, key, most],
    ),
  );
}

/** Moves the batches that are in `from`; the others stay where they are. @returns how many moved */
export async function moveBatches(
  db: Queryable,
  keys: readonly Hex[],
  from: BatchStage,
  to: BatchStage,
  changes: { orchSignature?: Hex; submittedAtSec?: number; solo?: boolean; note?: string } = {},
): Promise<number> {
  if (!allowedMoves[from].includes(to)) throw new RangeError(`a batch never moves from ${from} to ${to}`);
  const moved = await db.query<[unknown[], number]>(
    `UPDATE batch SET stage = $3, orch_signature = coalesce($4, orch_signature),
       submitted_at_sec = coalesce($5, submitted_at_sec), note = coalesce($6, note), solo = coalesce($7, solo),
       next_try_at = now()
     WHERE key = ANY($1) AND stage = $2 RETURNING key`,
    [
      keys,
      from,
      to,
      changes.orchSignature ?? null,
      changes.submittedAtSec ?? null,
      changes.note ?? null,
      changes.solo ?? null,
    ],
  );
  return moved[1];
}

export async function postponeCosign(db: Queryable, key: Hex, delayMs: number, note: string): Promise<void> {
  await db.query(
    `UPDATE batch SET cosign_attempts = cosign_attempts + 1, note = $3,
       next_try_at = now() + $2::double precision * interval '1 millisecond' WHERE key = $1 AND stage = 'sealed'`,
    [key, delayMs, note.slice(0, 1000)],
  );
}

/** Its next settlement or release waits; it stays in its stage. */
export async function postponeEnd(db: Queryable, key: Hex, delayMs: number): Promise<void> {
  await db.query(
    `UPDATE batch SET end_attempts = end_attempts + 1,
       next_try_at = now() + $2::double precision * interval '1 millisecond' WHERE key = $1`,
    [key, delayMs],
  );
}

function toRows(rows: readonly StoredBatch[]): BatchRow[] {
  return rows.map((row) => ({
    key: row.key,
    header: parseWire(batchHeaderSchema, row.header, 'stored batch header'),
    headerHash: row.header_hash,
    nodeSignature: row.node_signature,
    orchSignature: row.orch_signature ?? undefined,
    solo: row.solo,
    stage: row.stage,
    cosignAttempts: row.cosign_attempts,
    submittedAtSec: row.submitted_at_sec === null ? undefined : Number(row.submitted_at_sec),
    endAttempts: row.end_attempts,
    note: row.note ?? undefined,
    sealedAt: row.sealed_at,
  }));
}
