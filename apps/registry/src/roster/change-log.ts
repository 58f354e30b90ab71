import { randomBytes } from 'node:crypto';
import type { MemberId } from '@chroom/protocol';

export interface Change {
  readonly number: number;
  readonly id: MemberId;
}

/** At 10 000 members a minute of ordinary changes. */
const KEPT_MAX = 16_384;

/**
 * Which members changed, in order. Cursors name a place in it ("epoch-number"); those of another process or of changes
 * that are no longer kept cannot be resumed.
 */
export class ChangeLog {
  /** Tells this process's numbers from those before a restart. */
  private readonly epoch = randomBytes(6).toString('hex');
  private readonly ring: MemberId[] = [];
  private newest = 0;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly keptMax = KEPT_MAX) {}

  get newestNumber(): number {
    return this.newest;
  }

  append(id: MemberId): void {
    this.newest += 1;
    this.ring[this.newest % this.keptMax] = id;
    for (const listener of this.listeners) listener();
  }

  /** The change after `number`; undefined when there is none yet. */
  after(number: number): Change | undefined {
    if (number >= this.newest) return undefined;
    const id = this.ring[(number + 1) % this.keptMax];
    return id === undefined ? undefined : { number: number + 1, id };
  }

  isKept(number: number): boolean {
    return number >= 0 && number <= this.newest && number + this.keptMax >= this.newest;
  }

  cursorAt(number: number): string {
    return `${this.epoch}-${number}`;
  }

  /** The number in a cursor, or undefined when the stream cannot go on from there. */
  resume(cursor: string): number | undefined {
    const [, epoch, digits] = /^([0-9a-f]{12})-([0-9]{1,15})$/.exec(cursor) ?? [];
    if (epoch !== this.epoch) return undefined;
    const number = Number(digits);
    return this.isKept(number) ? number : undefined;
  }

  onAppend(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
