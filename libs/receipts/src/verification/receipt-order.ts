import type { Receipt } from '@chroom/protocol/proofs';

/**
 * How a receipt stands to the one that is kept of the same grant and epoch. `newer` replaces it, `same` and `older`
 * change nothing (they arrive again after a retry), the rest is refused.
 */
export type ReceiptOrder = 'newer' | 'same' | 'older' | 'COUNTERS_BACK' | 'SEQUENCE_REUSED';

const cumulative = ['activeSec', 'rxBytes', 'txBytes'] as const;
const all = [...cumulative, 'slots', 'lossPpm', 'jitterUs', 'rttUs'] as const;

/** The highest seq counts; counters are cumulative within the epoch and never go back, nor does a slot disappear. */
export function orderReceipt(kept: Receipt, incoming: Receipt): ReceiptOrder {
  if (incoming.seq === kept.seq)
    return all.every((field) => incoming[field] === kept[field]) ? 'same' : 'SEQUENCE_REUSED';
  const [earlier, later] = incoming.seq > kept.seq ? [kept, incoming] : [incoming, kept];
  const grew = cumulative.every((field) => later[field] >= earlier[field]);
  if (!grew || (earlier.slots & ~later.slots) !== 0n) return incoming.seq > kept.seq ? 'COUNTERS_BACK' : 'older';
  return incoming.seq > kept.seq ? 'newer' : 'older';
}
