import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

export type ReceiptState = 'ready' | 'kept' | 'refused' | 'unwanted' | 'given-up';

/** The newest receipt of one grant and epoch, and what the operator of its node answered. */
@Entity('receipts')
export class ReceiptRecord {
  /** Grant hash and epoch. */
  @PrimaryColumn('text', { insert: false, update: false })
  id: string;

  @Column('text', { name: 'grant_hash' })
  grantHash: string;

  @Column('bigint', { transformer: bigintColumn })
  epoch: bigint;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  @Column('bigint', { transformer: bigintColumn })
  seq: bigint;

  /** Packed, 358 bytes. */
  @Column('bytea')
  leaf: Buffer;

  @Column('text')
  state: ReceiptState;

  @Column('text', { name: 'refusal_code', nullable: true })
  refusalCode: string | null;

  @Column('text', { name: 'refusal_message', nullable: true })
  refusalMessage: string | null;

  @Column('timestamptz', { name: 'signed_at' })
  signedAt: Date;
}
