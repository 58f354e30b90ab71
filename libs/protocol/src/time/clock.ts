/** Time as a dependency: wall clock for what is signed and shown, and waiting. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` aborts. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: (durationMs, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const timer = setTimeout(end, durationMs);
      signal?.addEventListener('abort', end);
    }),
};

export interface BackoffRule {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Doubles from attempt 0 up to the longest; the upper half is random so that many callers spread out. */
export function backoffMs(rule: BackoffRule, attempt: number, random: () => number): number {
  const full = Math.min(rule.longestMs, rule.firstMs * 2 ** Math.min(attempt, 30));
  return full * (0.5 + random() / 2);
}
