import { AddressBudgets, ChroomError } from '@chroom/protocol';

/** A settlement asks a few times an epoch for each node; a watcher reads one file of each. */
const requestsPerSecond = 10;
const burst = 100;
/** A file is held in memory while it comes or goes: up to 47 MB each. */
const underwayMax = 8;

/** What anybody may ask of whoever keeps leaf files, before anything is known of who asks. */
export class LeafFileRequests {
  private readonly addresses = new AddressBudgets(requestsPerSecond, burst);
  private underway = 0;

  constructor(private readonly nowMs: () => number) {}

  /** @throws ChroomError LIMIT_EXCEEDED */
  admit(address: string | undefined): void {
    if (this.addresses.take(address ?? '', this.nowMs())) return;
    const message = `expected at most ${requestsPerSecond} requests a second of one address; slow down`;
    throw new ChroomError('LIMIT_EXCEEDED', message);
  }

  /** Work that holds a file in memory. @throws ChroomError LIMIT_EXCEEDED when too much of it is under way */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    if (this.underway >= underwayMax) {
      throw new ChroomError('LIMIT_EXCEEDED', `expected at most ${underwayMax} leaf files under way; come again`);
    }
    this.underway += 1;
    try {
      return await work();
    } finally {
      this.underway -= 1;
    }
  }
}
