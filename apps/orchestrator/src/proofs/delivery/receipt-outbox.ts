import type { Hex } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

export interface WaitingReceipt {
  readonly grantHash: Hex;
  readonly epoch: number;
  readonly seq: number;
  readonly leaf: Buffer;
}

export type DeliveredState = 'kept' | 'refused' | 'unwanted';

export interface Delivered {
  readonly receipt: WaitingReceipt;
  readonly state: DeliveredState;
  readonly code?: string;
  readonly message?: string;
}

/** Receipts that wait to be acknowledged by the operator of their node. A newer receipt takes the place of an older one. */
@Injectable()
export class ReceiptOutbox {
  constructor(private readonly database: DataSource) {}

  async waitingNodes(atMost: number): Promise<bigint[]> {
    const rows: { node_id: string }[] = await this.database.query(
      "SELECT DISTINCT node_id FROM receipts WHERE state = 'ready' LIMIT $1",
      [atMost],
    );
    return rows.map((row) => BigInt(row.node_id));
  }

  /** The oldest epochs first: they are sealed first. */
  async waiting(nodeId: bigint, atMost: number): Promise<WaitingReceipt[]> {
    const rows: { grant_hash: Hex; epoch: string; seq: string; leaf: Buffer }[] = await this.database.query(
      `SELECT grant_hash, epoch, seq, leaf FROM receipts WHERE state = 'ready' AND node_id = $1
       ORDER BY epoch, grant_hash LIMIT $2`,
      [nodeId.toString(), atMost],
    );
    return rows.map((row) => ({
      grantHash: row.grant_hash,
      epoch: Number(row.epoch),
      seq: Number(row.seq),
      leaf: row.leaf,
    }));
  }

  /** What was signed anew meanwhile stays ready. */
  async settle(delivered: readonly Delivered[]): Promise<void> {
    await this.database.query(
      `UPDATE receipts SET state = answer.state, refusal_code = answer.code, refusal_message = answer.message
       FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[])
         AS answer (grant_hash, epoch, seq, state, code, message)
       WHERE receipts.grant_hash = answer.grant_hash AND receipts.epoch = answer.epoch AND receipts.seq = answer.seq`,
      [
        delivered.map(({ receipt }) => receipt.grantHash),
        delivered.map(({ receipt }) => receipt.epoch),
        delivered.map(({ receipt }) => receipt.seq),
        delivered.map(({ state }) => state),
        delivered.map(({ code }) => code ?? null),
        delivered.map(({ message }) => message ?? null),
      ],
    );
  }

  /** @returns how many nobody took in time */
  async giveUp(olderThanMs: number, nowMs: number): Promise<number> {
    const [, count] = (await this.database.query(
      "UPDATE receipts SET state = 'given-up' WHERE state = 'ready' AND signed_at < $1",
      [new Date(nowMs - olderThanMs)],
    )) as [unknown[], number];
    return count;
  }
}
