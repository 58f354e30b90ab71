/** An epoch has 64 slots: one bit each in a receipt. */
export const slotsPerEpoch = 64;

/** The network's clock, as the contract defines it: epoch 0 begins at `startSec`, earlier times belong to it. */
export interface EpochClock {
  /** Seconds since 1970. */
  readonly startSec: number;
  /** Seconds of one slot; immutable per deployment. */
  readonly slotSec: number;
}

export function epochLengthSec(clock: EpochClock): number {
  return slotsPerEpoch * clock.slotSec;
}

export function epochAt(clock: EpochClock, timeSec: number): number {
  return timeSec <= clock.startSec ? 0 : Math.floor((timeSec - clock.startSec) / epochLengthSec(clock));
}

export function epochStartSec(clock: EpochClock, epoch: number): number {
  return clock.startSec + epoch * epochLengthSec(clock);
}

/** The first second that no longer belongs to the epoch. */
export function epochEndSec(clock: EpochClock, epoch: number): number {
  return epochStartSec(clock, epoch + 1);
}

/**
 * Bits of the slots of `epoch` that the time from `fromSec` to `toSec` touches. The end does not belong to it: 0 when
 * the time is empty or lies outside the epoch. Fractions of seconds are allowed.
 */
export function slotsTouched(clock: EpochClock, epoch: number, fromSec: number, toSec: number): bigint {
  const start = epochStartSec(clock, epoch);
  const from = Math.max(fromSec, start);
  const to = Math.min(toSec, epochEndSec(clock, epoch));
  if (from >= to) return 0n;
  const first = Math.floor((from - start) / clock.slotSec);
  const last = Math.ceil((to - start) / clock.slotSec) - 1;
  return ((1n << BigInt(last - first + 1)) - 1n) << BigInt(first);
}

/** How many slots are set. */
export function countSlots(slots: bigint): number {
  let count = 0;
  for (let rest = slots; rest > 0n; rest &= rest - 1n) count++;
  return count;
}
