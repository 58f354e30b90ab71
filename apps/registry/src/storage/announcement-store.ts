import { isDatabaseOutage } from '@chroom/database';
import {
  encodeWire,
  type MemberId,
  parseWire,
  type SignedAnnouncement,
  signedAnnouncementSchema,
  systemClock,
} from '@chroom/protocol';
import type { DataSource } from 'typeorm';

export interface StoredAnnouncement {
  readonly signed: SignedAnnouncement;
  readonly receivedAtMs: number;
}

/** Announcements that must last. */
export abstract class AnnouncementStore {
  /** The newest of each member. */
  abstract loadLatest(): Promise<readonly StoredAnnouncement[]>;
  /** Resolves when it is stored, or kept to be stored when the database is back. */
  abstract save(stored: StoredAnnouncement): Promise<void>;
  abstract deleteLogBefore(timeMs: number): Promise<void>;
  /** Announcements that wait for the database. */
  abstract readonly waiting: number;
}

/** Only the newest announcement of a member waits, so this bounds members, and with them memory. */
const WAITING_MAX = 20_000;
const MEMBERS_MAX = 20_000;
/** A member that announces waits no longer than this for the database. */
const SAVE_PATIENCE_MS = 1000;

/**
 * Announcements in PostgreSQL. While it is down they wait in memory, the newest of each member: what a crash could lose
 * then is older than the 60 s after which an announcement cannot be replayed anyway, or is announced again.
 */
export class PostgresAnnouncementStore extends AnnouncementStore {
  private readonly pending = new Map<MemberId, StoredAnnouncement>();
  private flushing: Promise<void> | undefined;

  constructor(
    private readonly source: DataSource,
    /** Told when the database stops or starts to answer. */
    private readonly onOutage: (isDown: boolean, error?: unknown) => void = () => {},
  ) {
    super();
  }

  override get waiting(): number {
    return this.pending.size;
  }

  override async loadLatest(): Promise<readonly StoredAnnouncement[]> {
    const rows: { signed: unknown; received_at: Date }[] = await this.source.query(
      'SELECT signed, received_at FROM latest_announcement ORDER BY received_at DESC LIMIT $1',
      [MEMBERS_MAX],
    );
    return rows.map((row) => ({
      signed: parseWire(signedAnnouncementSchema, row.signed, 'stored announcement'),
      receivedAtMs: row.received_at.getTime(),
    }));
  }

  override async save(stored: StoredAnnouncement): Promise<void> {
    if (this.pending.size > 0) {
      this.wait(stored);
      return;
    }
    const patience = new AbortController();
    const tooSlow = systemClock.sleep(SAVE_PATIENCE_MS, patience.signal).then(() => 'too slow' as const);
    const written = this.write(stored).catch((error: unknown) => {
      if (!isDatabaseOutage(error)) throw error;
      this.wait(stored, error);
    });
    const first = await Promise.race([written, tooSlow]).finally(() => patience.abort());
    if (first !== 'too slow') return;
    this.wait(stored, new Error(`the database took more than ${SAVE_PATIENCE_MS} ms`));
    // It is written again from the waiting ones; what becomes of this attempt does not matter.
    written.catch(() => {});
  }

  override async deleteLogBefore(timeMs: number): Promise<void> {
    await this.source.query('DELETE FROM announcement_log WHERE received_at < $1', [new Date(timeMs)]);
  }

  /** Stores what waits; call it every second. Does nothing while nothing waits or another flush runs. */
  flush(): Promise<void> {
    if (this.pending.size === 0) return Promise.resolve();
    this.flushing ??= this.writePending().finally(() => {
      this.flushing = undefined;
    });
    return this.flushing;
  }

  private async writePending(): Promise<void> {
    try {
      for (const [id, stored] of this.pending) {
        await this.write(stored);
        if (this.pending.get(id) === stored) this.pending.delete(id);
      }
      this.onOutage(false);
    } catch (error) {
      if (!isDatabaseOutage(error)) throw error;
    }
  }

  private wait(stored: StoredAnnouncement, error?: unknown): void {
    const { id } = stored.signed.announcement;
    if (this.pending.size >= WAITING_MAX && !this.pending.has(id)) return;
    if (this.pending.size === 0) this.onOutage(true, error);
    this.pending.set(id, stored);
  }

  /** One statement, so that both rows are there or none; a lower sequence never replaces a higher one. */
  private async write({ signed, receivedAtMs }: StoredAnnouncement): Promise<void> {
    const { announcement } = signed;
    await this.source.query(
      `WITH logged AS (
         INSERT INTO announcement_log (member_id, sequence, signed, received_at)
         VALUES ($1, $3, $4, $5) ON CONFLICT (member_id, sequence) DO NOTHING
       )
       INSERT INTO latest_announcement (member_id, kind, sequence, signed, received_at)
       VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (member_id) DO UPDATE
         SET kind = $2, sequence = $3, signed = $4, received_at = $5
         WHERE latest_announcement.sequence < $3`,
      [
        announcement.id.toString(),
        announcement.kind,
        announcement.sequence.toString(),
        JSON.stringify(encodeWire(signedAnnouncementSchema, signed)),
        new Date(receivedAtMs),
      ],
    );
  }
}
