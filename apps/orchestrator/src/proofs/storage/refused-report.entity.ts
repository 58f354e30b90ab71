import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Part of a node's report that was not accepted for a receipt. */
@Entity('refused_reports')
export class RefusedReportRecord {
  /** Grant hash, epoch and code. */
  @PrimaryColumn('text', { insert: false, update: false })
  id: string;

  @Column('text', { name: 'grant_hash' })
  grantHash: string;

  @Column('bigint', { transformer: bigintColumn })
  epoch: bigint;

  @Column('text')
  code: string;

  @Column('numeric', { transformer: bigintColumn })
  reported: bigint;

  @Column('numeric', { transformer: bigintColumn })
  accepted: bigint;

  /** Receipts at which it was so. */
  @Column('integer')
  times: number;

  @Column('timestamptz', { name: 'last_at' })
  lastAt: Date;
}
