import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredRecord } from '../record/session-record.js';

/** What one participant may consume on one node, and this orchestrator's record of it while the session lasts. */
@Entity('grants')
export class GrantRecord {
  @PrimaryColumn('text', { name: 'grant_hash' })
  grantHash: string;

  /** Participant sid. */
  @Column('text')
  session: string;

  @Column('text', { name: 'project_id' })
  projectId: string;

  @Column('text', { name: 'room_sid' })
  roomSid: string;

  @Column('text', { name: 'room_name' })
  roomName: string;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  /** The signed fields, 64 and 96 bit numbers as texts. */
  @Column('jsonb')
  granted: Readonly<Record<string, string | number>>;

  @Column('timestamptz', { name: 'issued_at' })
  issuedAt: Date;

  /** Number of the newest receipt. */
  @Column('bigint', { transformer: bigintColumn })
  seq: bigint;

  @Column('jsonb')
  record: StoredRecord;

  @Column('timestamptz', { name: 'seen_at' })
  seenAt: Date;

  @Column('timestamptz', { name: 'ended_at', nullable: true })
  endedAt: Date | null;
}
