/** A token bucket: `burst` messages at once, `perSecond` in the long run. */
export class MessageBudget {
  private tokens: number;
  private lastMs: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowMs: number,
  ) {
    this.tokens = burst;
    this.lastMs = nowMs;
  }

  /** False: the sender is over its rate. */
  take(nowMs: number): boolean {
    const gained = (Math.max(0, nowMs - this.lastMs) / 1000) * this.perSecond;
    this.tokens = Math.min(this.burst, this.tokens + gained);
    this.lastMs = nowMs;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }
}
