import { encodeWire, type Hex } from '@chroom/protocol';
import { type BatchHeader, batchHeaderSchema, batchKey, hashBatchHeader } from '@chroom/protocol/proofs';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CosignRefused } from './cosign-refused.js';

export interface CosignedBatch {
  readonly headerHash: Hex;
  readonly orchSignature: Hex;
}

/** What we have co-signed and refused, and our own receipts to compare with. One batch per key, ever. */
@Injectable()
export class CosignStore {
  constructor(private readonly database: DataSource) {}

  async find(key: Hex): Promise<CosignedBatch | undefined> {
    const rows: { header_hash: Hex; orch_signature: Hex }[] = await this.database.query(
      'SELECT header_hash, orch_signature FROM cosigned_batches WHERE batch_key = $1',
      [key],
    );
    return rows[0] && { headerHash: rows[0].header_hash, orchSignature: rows[0].orch_signature };
  }

  /** @returns what is stored: another request may have been first. */
  async insert(header: BatchHeader, nodeSignature: Hex, orchSignature: Hex, nowMs: number): Promise<CosignedBatch> {
    const key = keyOf(header);
    await this.database.query(
      `INSERT INTO cosigned_batches (batch_key, node_id, epoch, header, header_hash, leaf_file, node_signature,
         orch_signature, signed_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (batch_key) DO NOTHING`,
      [
        key,
        header.nodeId.toString(),
        header.epoch,
        JSON.stringify(encodeWire(batchHeaderSchema, header)),
        hashBatchHeader(header),
        header.data,
        nodeSignature,
        orchSignature,
        new Date(nowMs),
      ],
    );
    return (await this.find(key))!;
  }

  async noteRefusal(header: BatchHeader, { fault, leaf, message }: CosignRefused, nowMs: number): Promise<void> {
    await this.database.query(
      `INSERT INTO cosign_refusals (batch_key, fault, node_id, epoch, leaf, message, last_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (batch_key, fault) DO UPDATE SET leaf = excluded.leaf, message = excluded.message,
         times = cosign_refusals.times + 1, last_at = excluded.last_at`,
      [keyOf(header), fault, header.nodeId.toString(), header.epoch, leaf ?? null, message, new Date(nowMs)],
    );
  }

  /** The newest receipt that we signed of each grant, for one node and epoch: packed, one after the other. */
  async ownReceipts(nodeId: bigint, epoch: number): Promise<Buffer> {
    const rows: { leaf: Buffer }[] = await this.database.query(
      'SELECT leaf FROM receipts WHERE node_id = $1 AND epoch = $2',
      [nodeId.toString(), epoch],
    );
    return Buffer.concat(rows.map(({ leaf }) => leaf));
  }

  async countReceipts(nodeId: bigint, epoch: number): Promise<number> {
    const rows: { count: string }[] = await this.database.query(
      'SELECT count(*) AS count FROM receipts WHERE node_id = $1 AND epoch = $2',
      [nodeId.toString(), epoch],
    );
    return Number(rows[0]!.count);
  }
}

export function keyOf({ nodeId, orchId, epoch }: BatchHeader): Hex {
  return batchKey(nodeId, orchId, epoch);
}
