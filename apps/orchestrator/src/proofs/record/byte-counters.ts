import type { control } from '@chroom/protocol';

/** Bytes as the client sees them: rx came to it, tx came from it. Cumulative since its session began on the node. */
export interface ByteCounters {
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
}

export interface StoredCounters {
  readonly rxBytes: string;
  readonly txBytes: string;
}

export const noBytes: ByteCounters = { rxBytes: 0n, txBytes: 0n };

export function countersIn({ rxBytes, txBytes }: control.SessionStatistics): ByteCounters {
  return { rxBytes: txBytes, txBytes: rxBytes };
}

export function countersOf({ rxBytes, txBytes }: StoredCounters): ByteCounters {
  return { rxBytes: BigInt(rxBytes), txBytes: BigInt(txBytes) };
}

export function storedCounters({ rxBytes, txBytes }: ByteCounters): StoredCounters {
  return { rxBytes: rxBytes.toString(), txBytes: txBytes.toString() };
}

export function isBack(before: ByteCounters, after: ByteCounters): boolean {
  return after.rxBytes < before.rxBytes || after.txBytes < before.txBytes;
}

export function hasMore(before: ByteCounters, after: ByteCounters): boolean {
  return after.rxBytes > before.rxBytes || after.txBytes > before.txBytes;
}

const shareParts = 1_000_000;

/** Counters at a share of the way; from 0 to 1, what lies beyond is the nearer of them. */
export function between(before: ByteCounters, after: ByteCounters, share: number): ByteCounters {
  const parts = BigInt(Math.min(shareParts, Math.max(0, Math.round(share * shareParts))));
  const at = (from: bigint, to: bigint) => from + ((to - from) * parts) / BigInt(shareParts);
  return { rxBytes: at(before.rxBytes, after.rxBytes), txBytes: at(before.txBytes, after.txBytes) };
}
