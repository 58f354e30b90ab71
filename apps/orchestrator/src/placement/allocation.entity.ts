import { bigintColumn } from '@chroom/database';
import type { AllocationInputs } from '@chroom/routing';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Why a room lives where it lives. The inputs replay to the same node (libs/routing). */
@Entity('allocations')
export class AllocationRecord {
  /** `AL_` and 12 random characters; also the id of the lease on the node. */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'project_id' })
  projectId: string;

  @Column('text', { name: 'room_name' })
  roomName: string;

  @Column('text', { name: 'room_sid' })
  roomSid: string;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  @Column('jsonb')
  inputs: AllocationInputs;

  /** SHA-256 of the canonical inputs, lower-case hex. */
  @Column('text', { name: 'inputs_hash' })
  inputsHash: string;

  @Column('text', { array: true })
  reasons: string[];

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'released_at', nullable: true })
  releasedAt: Date | null;
}
