import type { Hex } from '@chroom/protocol';
import type { BatchHeader } from '@chroom/protocol/proofs';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** Leaf files by their hash, until a day after the settlement of their batch. */
@Injectable()
export class LeafFileStore {
  constructor(private readonly database: DataSource) {}

  async put({ data, nodeId, epoch }: BatchHeader, bytes: Buffer, nowMs: number): Promise<void> {
    await this.database.query(
      `INSERT INTO leaf_files (hash, node_id, epoch, bytes, received_at) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (hash) DO NOTHING`,
      [data, nodeId.toString(), epoch, bytes, new Date(nowMs)],
    );
  }

  async find(hash: Hex): Promise<Buffer | undefined> {
    const rows: { bytes: Buffer }[] = await this.database.query('SELECT bytes FROM leaf_files WHERE hash = $1', [hash]);
    return rows[0]?.bytes;
  }

  async has(hash: Hex): Promise<boolean> {
    const rows: unknown[] = await this.database.query('SELECT 1 FROM leaf_files WHERE hash = $1', [hash]);
    return rows.length > 0;
  }

  async countOf(nodeId: bigint, epoch: number): Promise<number> {
    const rows: { count: string }[] = await this.database.query(
      'SELECT count(*) AS count FROM leaf_files WHERE node_id = $1 AND epoch = $2',
      [nodeId.toString(), epoch],
    );
    return Number(rows[0]!.count);
  }
}
