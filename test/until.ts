const pollEveryMs = 25;

/**
 * Asks until `condition` gives something (neither undefined nor false).
 * @param what what is waited for, for the message of a failure
 * @throws Error after `timeoutMs`, with the last answer or error
 */
export async function until<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 15_000,
): Promise<Exclude<T, undefined | false>> {
  const deadlineMs = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await condition();
      if (answer !== undefined && answer !== false) return answer as Exclude<T, undefined | false>;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadlineMs) throw new Error(`expected within ${timeoutMs} ms: ${what}; last: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
}
