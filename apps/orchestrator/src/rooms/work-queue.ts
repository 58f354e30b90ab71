import { ChroomError } from '@chroom/protocol';

/**
 * Runs the work of one room one piece after the other, so that its state changes in one order. A piece that fails
 * rejects its own promise and nothing else.
 */
export class WorkQueue {
  private tail: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(
    private readonly name: string,
    private readonly maxWaiting: number,
  ) {}

  run<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.waiting >= this.maxWaiting) {
      const message = `Expected at most ${this.maxWaiting} pieces of work waiting in ${this.name}; retry later.`;
      return Promise.reject(new ChroomError('LIMIT_EXCEEDED', message));
    }
    this.waiting += 1;
    const result = this.tail.then(work);
    this.tail = result.then(
      () => this.done(),
      () => this.done(),
    );
    return result;
  }

  /** Resolves when everything that waits now has run. */
  idle(): Promise<unknown> {
    return this.tail;
  }

  private done(): void {
    this.waiting -= 1;
  }
}
