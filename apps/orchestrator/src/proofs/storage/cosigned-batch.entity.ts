import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A batch whose header this orchestrator has signed. There is one of a node and epoch, ever. */
@Entity('cosigned_batches')
export class CosignedBatchRecord {
  @PrimaryColumn('text', { name: 'batch_key' })
  batchKey: string;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  @Column('bigint', { transformer: bigintColumn })
  epoch: bigint;

  /** As in `batchHeaderSchema`. */
  @Column('jsonb')
  header: Readonly<Record<string, string | number>>;

  @Column('text', { name: 'header_hash' })
  headerHash: string;

  @Column('text', { name: 'leaf_file' })
  leafFile: string;

  @Column('text', { name: 'node_signature' })
  nodeSignature: string;

  @Column('text', { name: 'orch_signature' })
  orchSignature: string;

  @Column('timestamptz', { name: 'signed_at' })
  signedAt: Date;

  /** When the chain was first seen to have settled or rejected it. */
  @Column('timestamptz', { name: 'settled_at', nullable: true })
  settledAt: Date | null;
}
