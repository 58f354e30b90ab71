const rememberedForMs = 5 * 60_000;
const maxRemembered = 10_000;

/** Remembers nonces for 5 min, so that a retried SendData is delivered once. */
export class NonceMemory {
  private readonly seenAtMs = new Map<string, number>();

  /** @returns true the first time. */
  isNew(nonce: Uint8Array, nowMs: number): boolean {
    if (nonce.length === 0) return true;
    const key = Buffer.from(nonce).toString('base64');
    const before = this.seenAtMs.get(key);
    if (before !== undefined && nowMs - before < rememberedForMs) return false;
    this.seenAtMs.delete(key);
    this.seenAtMs.set(key, nowMs);
    for (const [old, atMs] of this.seenAtMs) {
      if (this.seenAtMs.size <= maxRemembered && nowMs - atMs < rememberedForMs) break;
      this.seenAtMs.delete(old);
    }
    return true;
  }
}
