import { ChroomError } from '@chroom/protocol';

/** One in use and one that replaces it while the first is not known to be broken. */
export const WATCHES_PER_OWNER_MAX = 4;

/** Which orchestrators have an event stream open. */
export class WatcherBook {
  private readonly counts = new Map<bigint, number>();

  /** @throws ChroomError LIMIT_EXCEEDED. */
  begin(owner: bigint): void {
    const count = this.counts.get(owner) ?? 0;
    if (count >= WATCHES_PER_OWNER_MAX) {
      throw new ChroomError(
        'LIMIT_EXCEEDED',
        `An orchestrator may watch ${WATCHES_PER_OWNER_MAX} times at once. End another stream first.`,
      );
    }
    this.counts.set(owner, count + 1);
  }

  /** True when that was the owner's last stream. */
  end(owner: bigint): boolean {
    const left = (this.counts.get(owner) ?? 1) - 1;
    if (left > 0) this.counts.set(owner, left);
    else this.counts.delete(owner);
    return left <= 0;
  }

  isWatching(owner: bigint | undefined): boolean {
    return owner !== undefined && this.counts.has(owner);
  }

  get size(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }
}
