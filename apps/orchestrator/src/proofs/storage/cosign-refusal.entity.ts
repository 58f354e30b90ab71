import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why a batch was not co-signed. */
@Entity('cosign_refusals')
export class CosignRefusalRecord {
  /** Batch key and fault. */
  @PrimaryColumn('text', { insert: false, update: false })
  id: string;

  @Column('text', { name: 'batch_key' })
  batchKey: string;

  @Column('text')
  fault: string;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  @Column('bigint', { transformer: bigintColumn })
  epoch: bigint;

  @Column('integer', { nullable: true })
  leaf: number | null;

  @Column('text')
  message: string;

  @Column('integer')
  times: number;

  @Column('timestamptz', { name: 'last_at' })
  lastAt: Date;
}
