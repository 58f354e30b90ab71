import type { Hex } from 'viem';

/** Those of twenty nodes with 1000 sessions each; some 8 MB. */
const grantsMax = 20_000;

/**
 * Grants whose signatures were found right. Each receipt carries its grant again, every 10 s of a call: only the first one
 * needs a look at it. The longest unused are forgotten first.
 */
export class KnownGrants {
  private readonly known = new Set<string>();

  constructor(private readonly max = grantsMax) {}

  /** Whether `signer` signed this digest so; `verify` is asked where that is not known. */
  isSigned(signer: Hex, digest: Hex, signature: Hex, verify: () => boolean): boolean {
    const key = `${signer} ${digest} ${signature}`.toLowerCase();
    if (!this.known.delete(key) && !verify()) return false;
    this.known.add(key);
    for (const oldest of this.known) {
      if (this.known.size <= this.max) break;
      this.known.delete(oldest);
    }
    return true;
  }
}
