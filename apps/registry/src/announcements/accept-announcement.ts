import { randomBytes } from 'node:crypto';
import {
  ANNOUNCEMENT_MAX_AGE_MS,
  type AnnouncementAccepted,
  ChroomError,
  HEARTBEAT_INTERVAL_MS,
  MemberDirectory,
  type MemberId,
  type SignedAnnouncement,
  verifyAnnouncement,
} from '@chroom/protocol';
import type { RegistryClock } from '../roster/registry-clock.js';
import type { Roster } from '../roster/roster.js';
import type { AnnouncementStore } from '../storage/announcement-store.js';

export interface AnnouncementParties {
  readonly chainId: bigint;
  readonly directory: MemberDirectory;
  readonly roster: Roster;
  readonly store: AnnouncementStore;
  readonly clock: RegistryClock;
}

/** Takes in one signed announcement: verified, fresh, newer than every one before, stored. */
export class AcceptAnnouncement {
  private readonly lastSequence = new Map<MemberId, bigint>();

  constructor(private readonly parties: AnnouncementParties) {}

  /** Reads back what earlier runs accepted; before the first `accept`. */
  async restore(): Promise<number> {
    const { store, directory, roster } = this.parties;
    const latest = await store.loadLatest();
    for (const { signed, receivedAtMs } of latest) {
      const { id, kind, sequence } = signed.announcement;
      this.lastSequence.set(id, sequence);
      const member = directory.find(id);
      if (member?.active && member.kind === kind) roster.restore(signed, receivedAtMs);
    }
    return roster.size;
  }

  /** @throws ChroomError ANNOUNCEMENT_STALE, ANNOUNCEMENT_REPLAYED, ANNOUNCEMENT_UNSIGNED, MEMBER_UNKNOWN. */
  async accept(signed: SignedAnnouncement): Promise<AnnouncementAccepted> {
    const { chainId, directory, roster, store, clock } = this.parties;
    const { announcement } = signed;
    this.refuseStale(announcement.issuedAtMs);
    await verifyAnnouncement(signed, chainId, directory);
    // From here to `set` nothing waits: two announcements at one time cannot both pass.
    this.refuseReplayed(announcement.id, announcement.sequence);
    this.lastSequence.set(announcement.id, announcement.sequence);
    await store.save({ signed, receivedAtMs: clock.nowMs() });
    this.refuseOvertaken(announcement.id, announcement.sequence);
    const session = { id: randomBytes(16).toString('hex'), secret: randomBytes(32) };
    roster.announce(signed, session);
    return {
      session: session.id,
      secret: session.secret.toString('hex'),
      heartbeatIntervalMs: HEARTBEAT_INTERVAL_MS,
      serverTimeMs: clock.nowMs(),
    };
  }

  private refuseStale(issuedAtMs: number): void {
    const nowMs = this.parties.clock.nowMs();
    const ageMs = nowMs - issuedAtMs;
    if (Math.abs(ageMs) <= ANNOUNCEMENT_MAX_AGE_MS) return;
    throw new ChroomError(
      'ANNOUNCEMENT_STALE',
      `Expected issuedAtMs within ${ANNOUNCEMENT_MAX_AGE_MS} ms of ${nowMs}; got ${issuedAtMs}, ` +
        `${Math.abs(ageMs)} ms in the ${ageMs > 0 ? 'past' : 'future'}. Check the clock and sign a new one.`,
    );
  }

  private refuseReplayed(id: MemberId, sequence: bigint): void {
    const last = this.lastSequence.get(id);
    if (last === undefined || sequence > last) return;
    throw replayed(id, sequence, last);
  }

  /** A newer one of the same member may have been accepted while this one was being stored. */
  private refuseOvertaken(id: MemberId, sequence: bigint): void {
    const last = this.lastSequence.get(id) ?? sequence;
    if (last !== sequence) throw replayed(id, sequence, last);
  }
}

function replayed(id: MemberId, sequence: bigint, last: bigint): ChroomError {
  return new ChroomError(
    'ANNOUNCEMENT_REPLAYED',
    `Expected a sequence above ${last} for member ${id}; got ${sequence}. Sign a new announcement with a higher one.`,
  );
}
