/** ok: well. failed: something will not work. skipped: the setting that would be checked is not set. */
export type CheckState = 'ok' | 'failed' | 'skipped';

export interface CheckResult {
  readonly name: string;
  readonly state: CheckState;
  /** What was found; for a failure also what to do. */
  readonly detail: string;
}

/** Runs a check; whatever it throws is a failure. */
export async function check(name: string, run: () => Promise<string> | string): Promise<CheckResult> {
  try {
    return { name, state: 'ok', detail: await run() };
  } catch (error) {
    const { message, code } = (error ?? {}) as { message?: string; code?: string };
    return { name, state: 'failed', detail: message || code || String(error) };
  }
}

/** A check of what `variable` names; skipped when it is not set. */
export async function checkSetting(
  name: string,
  variable: string,
  value: string | undefined,
  run: (value: string) => Promise<string>,
): Promise<CheckResult> {
  if (!value) return { name, state: 'skipped', detail: `${variable} is not set` };
  const result = await check(name, () => run(value));
  return result.state === 'failed' ? { ...result, detail: `${result.detail} (${variable})` } : result;
}
