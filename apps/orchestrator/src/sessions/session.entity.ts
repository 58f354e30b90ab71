import { bigintColumn } from '@chroom/database';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * One stay of a participant in a room on one node: this orchestrator's own record, written every 10 s. Receipts are
 * checked against it.
 */
@Entity('sessions')
export class SessionRecord {
  /** Participant sid. */
  @PrimaryColumn('text')
  sid: string;

  @Column('text', { name: 'project_id' })
  projectId: string;

  @Column('text', { name: 'room_sid' })
  roomSid: string;

  @Column('text', { name: 'room_name' })
  roomName: string;

  @Column('text')
  identity: string;

  @Column('numeric', { name: 'node_id', transformer: bigintColumn })
  nodeId: bigint;

  @Column('timestamptz', { name: 'joined_at' })
  joinedAt: Date;

  /** Presence: not older than 10 s while the participant is there and the database was up. */
  @Column('timestamptz', { name: 'last_seen_at' })
  lastSeenAt: Date;

  @Column('timestamptz', { name: 'left_at', nullable: true })
  leftAt: Date | null;

  /** LiveKit's DisconnectReason by name, or ORCHESTRATOR_LOST. */
  @Column('text', { name: 'end_reason', nullable: true })
  endReason: string | null;

  /** Received by the node from the participant. */
  @Column('numeric', { name: 'rx_bytes', transformer: bigintColumn })
  rxBytes: bigint;

  /** Sent by the node to the participant. */
  @Column('numeric', { name: 'tx_bytes', transformer: bigintColumn })
  txBytes: bigint;

  @Column('numeric', { name: 'rx_packets', transformer: bigintColumn })
  rxPackets: bigint;

  @Column('numeric', { name: 'tx_packets', transformer: bigintColumn })
  txPackets: bigint;

  @Column('integer', { name: 'active_seconds' })
  activeSeconds: number;
}
