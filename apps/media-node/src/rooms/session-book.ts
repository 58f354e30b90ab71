import { ChroomError } from '@chroom/protocol';

export const STATE_MAX_BYTES = 64 * 1024;
/** A session whose owner is gone ends after this. */
export const UNCLAIMED_MAX_MS = 60_000;

export interface SessionEntry {
  readonly room: string;
  readonly session: string;
  readonly identity: string;
}

interface Entry extends SessionEntry {
  state: Uint8Array;
  /** When its owner was last known to care, while that owner watches no events; undefined: the owner watches. */
  unclaimedSinceMs: number | undefined;
}

const NO_STATE = new Uint8Array(0);

/** Sessions of this node with what the engine does not keep: identity, the owner's blob, and who still cares. */
export class SessionBook {
  private readonly rooms = new Map<string, Map<string, Entry>>();

  constructor(
    private readonly monotonicMs: () => number,
    /** Whether the room's owner has an event stream open. */
    private readonly isWatched: (room: string) => boolean,
  ) {}

  add(entry: SessionEntry): void {
    const room = this.rooms.get(entry.room) ?? new Map<string, Entry>();
    this.rooms.set(entry.room, room);
    const state = room.get(entry.session)?.state ?? NO_STATE;
    room.set(entry.session, { ...entry, state, unclaimedSinceMs: undefined });
    this.claim(entry.room, entry.session);
  }

  remove(room: string, session: string): void {
    const sessions = this.rooms.get(room);
    sessions?.delete(session);
    if (sessions?.size === 0) this.rooms.delete(room);
  }

  removeRoom(room: string): void {
    this.rooms.delete(room);
  }

  /** @throws ChroomError SESSION_UNKNOWN. */
  get(room: string, session: string): Readonly<Entry> {
    return this.require(room, session);
  }

  /** @throws ChroomError SESSION_UNKNOWN, PAYLOAD_TOO_LARGE. */
  store(room: string, session: string, state: Uint8Array): void {
    const entry = this.require(room, session);
    if (state.length > STATE_MAX_BYTES) {
      throw new ChroomError(
        'PAYLOAD_TOO_LARGE',
        `state: expected at most ${STATE_MAX_BYTES} bytes, got ${state.length}.`,
      );
    }
    // A copy: the request's buffer may be a view of a much larger one.
    entry.state = state.slice();
  }

  /** The owner cares for one session, or for all of a room. */
  claim(room: string, session?: string): void {
    const entries = session === undefined ? this.entriesOf(room) : [this.rooms.get(room)?.get(session)];
    const sinceMs = this.isWatched(room) ? undefined : this.monotonicMs();
    for (const entry of entries) if (entry) entry.unclaimedSinceMs = sinceMs;
  }

  /** The owner's last event stream ended. */
  abandon(room: string): void {
    const nowMs = this.monotonicMs();
    for (const entry of this.entriesOf(room)) entry.unclaimedSinceMs ??= nowMs;
  }

  /** Sessions that nobody has claimed for 60 s. */
  unclaimed(): readonly SessionEntry[] {
    const beforeMs = this.monotonicMs() - UNCLAIMED_MAX_MS;
    return this.list().filter(({ room, session }) => {
      const sinceMs = this.rooms.get(room)?.get(session)?.unclaimedSinceMs;
      return sinceMs !== undefined && sinceMs <= beforeMs;
    });
  }

  list(room?: string): readonly SessionEntry[] {
    return room === undefined
      ? [...this.rooms.values()].flatMap((sessions) => [...sessions.values()])
      : this.entriesOf(room);
  }

  roomNames(): readonly string[] {
    return [...this.rooms.keys()];
  }

  has(room: string): boolean {
    return this.rooms.has(room);
  }

  countOf(room: string): number {
    return this.rooms.get(room)?.size ?? 0;
  }

  private entriesOf(room: string): Entry[] {
    return [...(this.rooms.get(room)?.values() ?? [])];
  }

  private require(room: string, session: string): Entry {
    const entry = this.rooms.get(room)?.get(session);
    if (entry) return entry;
    throw new ChroomError('SESSION_UNKNOWN', `Room ${room} has no session ${session} on this node; it may have ended.`);
  }
}
