import { type EpochClock, type Receipt } from '@chroom/protocol/proofs';
import { boundClassTwo, type Objection } from '@chroom/receipts';
import type { SignedGrant } from '../grants/issue-grant.js';
import type { EpochFigures } from '../record/epoch-sums.js';

/** Why less than the node reported was accepted: the bounds of class 2, our own grant, or counters that went back. */
export type RefusalCode = Objection['code'] | 'OVER_GRANT' | 'COUNTERS_BACK';

export interface RefusedReport {
  readonly code: RefusalCode;
  readonly reported: bigint;
  readonly accepted: bigint;
}

export interface MadeReceipt {
  /** Undefined: there is nothing to pay for. */
  readonly receipt: Receipt | undefined;
  readonly refusals: readonly RefusedReport[];
}

const bytesPerGiB = 1n << 30n;

/**
 * What we are ready to sign for one session and epoch: never the node's word alone, never more than we granted.
 * @param former what was signed last of the same epoch: nothing in it is taken back
 */
export function makeReceipt(
  clock: EpochClock,
  { grant, hash }: SignedGrant,
  figures: EpochFigures,
  former: Receipt | undefined,
  seq: number,
): MadeReceipt {
  const { epoch } = figures;
  const { accepted, objections } = boundClassTwo(clock, epoch, figures.report, figures.record);
  const { maxKbps, maxValue, pricePerGiB } = grant;
  const byRate = (BigInt(maxKbps) * 1000n * BigInt(accepted.activeSec)) / 8n;
  const payable = least(byRate, (maxValue * bytesPerGiB) / pricePerGiB);
  const signed = former ?? { rxBytes: 0n, txBytes: 0n };
  const left = payable - signed.rxBytes - signed.txBytes;
  const rxMore = least(accepted.rxBytes - signed.rxBytes, left);
  const txMore = least(accepted.txBytes - signed.txBytes, left - rxMore);
  const rxBytes = signed.rxBytes + rxMore;
  const txBytes = signed.txBytes + txMore;
  const volume = accepted.rxBytes + accepted.txBytes;
  // Before a whole second of media is seen, a rate says nothing.
  const isOver = accepted.activeSec > 0 && volume > rxBytes + txBytes;
  const refusals = isOver ? [{ code: 'OVER_GRANT' as const, reported: volume, accepted: rxBytes + txBytes }] : [];
  const isWorth = rxBytes + txBytes > 0n && accepted.activeSec > 0;
  return {
    receipt: isWorth ? { ...accepted, grant: hash, epoch, seq, rxBytes, txBytes } : undefined,
    refusals: [...objections, ...refusals],
  };
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
