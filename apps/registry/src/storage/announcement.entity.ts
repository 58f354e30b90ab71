import { bigintColumn } from '@chroom/database';
import type { MemberKind, SignedAnnouncementJson } from '@chroom/protocol';
import { Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/**
 * The newest announcement of each member. Its sequence is what a replay is refused by, so a row outlives the member's
 * time on the network.
 */
@Entity('latest_announcement')
export class LatestAnnouncement {
  @PrimaryColumn({ name: 'member_id', type: 'numeric', precision: 20, transformer: bigintColumn })
  memberId: bigint;

  @Column({ type: 'text' })
  kind: MemberKind;

  @Column({ type: 'numeric', precision: 20, transformer: bigintColumn })
  sequence: bigint;

  /** As it came over the wire, with its signature. */
  @Column({ type: 'jsonb' })
  signed: SignedAnnouncementJson;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt: Date;
}

/** Every accepted announcement, for as long as CHROOM_REGISTRY_LOG_DAYS says. */
@Entity('announcement_log')
export class AnnouncementLogRow {
  @PrimaryGeneratedColumn({ type: 'bigint' })
  id: string;

  @Column({ name: 'member_id', type: 'numeric', precision: 20, transformer: bigintColumn })
  memberId: bigint;

  @Column({ type: 'numeric', precision: 20, transformer: bigintColumn })
  sequence: bigint;

  @Column({ type: 'jsonb' })
  signed: SignedAnnouncementJson;

  @Column({ name: 'received_at', type: 'timestamptz' })
  receivedAt: Date;
}
