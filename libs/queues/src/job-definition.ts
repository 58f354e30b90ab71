/** One kind of job: everything about it except what it does. */
export interface JobDefinition<Payload> {
  /** Queue and job name: lower-case words joined by dots. */
  readonly name: string;
  /** The same id means the same job: it is queued once while it waits or runs. No colon, not a number (BullMQ). */
  readonly idOf: (payload: Payload) => string;
  /** JSON back to a payload. @throws when it is not one. */
  readonly parse: (data: unknown) => Payload;
  /** Jobs of this kind that run at once in one process. */
  readonly concurrency: number;
  readonly retry: RetryPolicy;
}

/** A failed job runs again after firstMs, then twice that, up to longestMs, with the upper half random. */
export interface RetryPolicy {
  /** Runs altogether, the first included. */
  readonly attempts: number;
  readonly firstMs: number;
  readonly longestMs: number;
}

/** What a job does. Handlers are idempotent: a job may run twice. */
export interface JobHandler<Payload> {
  readonly job: JobDefinition<Payload>;
  /** Fails for now by any error, for good by `FinalJobError`. */
  handle(payload: Payload): Promise<void>;
}

/** Throw it when no retry can help. */
export class FinalJobError extends Error {
  override readonly name = 'FinalJobError';
}

/** Delay before run number `attempt` + 1. `random` gives 0..1. */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const fullMs = Math.min(policy.longestMs, policy.firstMs * 2 ** Math.min(Math.max(attempt - 1, 0), 30));
  return Math.round(fullMs * (0.5 + random() / 2));
}
