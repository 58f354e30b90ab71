/** Wei per gas. */
export interface Fees {
  readonly maxFee: bigint;
  readonly tip: bigint;
}

const leastTip = 1n;

/** Twice the base fee leaves room for six full blocks in a row. */
export function firstFees(baseFee: bigint, tip: bigint, most: bigint): Fees {
  const wantedTip = tip > leastTip ? tip : leastTip;
  const maxFee = least(2n * baseFee + wantedTip, most);
  return { maxFee, tip: least(wantedTip, maxFee) };
}

/**
 * Fees for the same nonce: both at least 12.5 % more than before, or what is usual now. undefined when that would
 * exceed the bound; the transaction then waits for cheaper times.
 */
export function bumpedFees(former: Fees, baseFee: bigint, tip: bigint, most: bigint): Fees | undefined {
  const usual = firstFees(baseFee, tip, most);
  const bumped = { maxFee: greatest(raise(former.maxFee), usual.maxFee), tip: greatest(raise(former.tip), usual.tip) };
  if (bumped.maxFee > most) return undefined;
  if (!isBump(former, bumped)) throw new RangeError(`${former.maxFee} to ${bumped.maxFee} is less than 12.5 %`);
  return bumped;
}

/** Networks replace a transaction for 10 to 12.5 %; development chains for less, so it is asserted here. */
export function isBump(former: Fees, next: Fees): boolean {
  return next.maxFee * 8n >= former.maxFee * 9n && next.tip * 8n >= former.tip * 9n;
}

function raise(fee: bigint): bigint {
  return (fee * 9n + 7n) / 8n;
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}

function greatest(left: bigint, right: bigint): bigint {
  return left > right ? left : right;
}
