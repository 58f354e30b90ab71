/** Epochs of 64 slots since a start time, as the contracts count them. */
export interface EpochClock {
  /** Seconds since 1970. */
  readonly start: number;
  readonly slotSeconds: number;
}

const slotsPerEpoch = 64;

export function epochSecondsOf(clock: EpochClock): number {
  return slotsPerEpoch * clock.slotSeconds;
}

/** Times before the start belong to epoch 0. */
export function epochAt(clock: EpochClock, seconds: number): number {
  return Math.max(0, Math.floor((seconds - clock.start) / epochSecondsOf(clock)));
}

/** The first second of an epoch. */
export function epochStart(clock: EpochClock, epoch: number): number {
  return clock.start + epoch * epochSecondsOf(clock);
}

/** The slot (0 to 63) of its epoch that a time belongs to. */
export function slotAt(clock: EpochClock, seconds: number): number {
  if (seconds <= clock.start) return 0;
  return Math.floor((seconds - clock.start) / clock.slotSeconds) % slotsPerEpoch;
}
