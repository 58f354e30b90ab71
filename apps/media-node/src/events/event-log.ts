import { ChroomError, type control } from '@chroom/protocol';

/** At 1000 sessions with statistics every 2 s about half a minute. */
const KEPT_MAX = 16_384;

/**
 * Numbered events of all rooms, the newest in a ring. Numbers begin at the wall clock, so that those of a restarted
 * node are always higher than before and a restart cannot go unnoticed.
 */
export class EventLog {
  private readonly ring: control.Event[] = [];
  private readonly first: bigint;
  private newestNumber: bigint;
  private readonly waiting = new Set<() => void>();

  constructor(
    startedAtMs: number,
    private readonly keptMax = KEPT_MAX,
  ) {
    this.newestNumber = BigInt(startedAtMs) * 1000n;
    this.first = this.newestNumber + 1n;
  }

  get newest(): bigint {
    return this.newestNumber;
  }

  /** The oldest kept event; without any, the number that the next one will have. */
  get oldest(): bigint {
    const oldest = this.newestNumber - BigInt(this.keptMax) + 1n;
    return oldest > this.first ? oldest : this.first;
  }

  append(events: readonly control.Event[]): void {
    for (const event of events) {
      this.newestNumber += 1n;
      event.number = this.newestNumber;
      this.ring[this.slotOf(this.newestNumber)] = event;
    }
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  /**
   * Events after `cursor` that `isWanted`, as they come, until `signal` aborts. 0: from the oldest kept.
   * @throws ChroomError EVENTS_LOST when the cursor, or later the reader, is behind the oldest kept event.
   */
  async *follow(
    cursor: bigint,
    isWanted: (event: control.Event) => boolean,
    signal: AbortSignal,
  ): AsyncGenerator<control.Event> {
    let place = cursor === 0n ? this.oldest - 1n : cursor;
    while (!signal.aborted) {
      if (place < this.oldest - 1n || place > this.newestNumber) throw this.lost(place);
      if (place === this.newestNumber) {
        await this.more(signal);
        continue;
      }
      place += 1n;
      const event = this.ring[this.slotOf(place)];
      if (event && isWanted(event)) yield event;
    }
  }

  private more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  private slotOf(number: bigint): number {
    return Number(number % BigInt(this.keptMax));
  }

  private lost(place: bigint): ChroomError {
    return new ChroomError(
      'EVENTS_LOST',
      `cursor: expected ${this.oldest - 1n} to ${this.newestNumber}, got ${place}. List the sessions and watch from 0.`,
    );
  }
}
