/** Quality standards and limits of one version; in force from the epoch that the contract names. */
export interface Standard {
  readonly minKbps: number;
  readonly lossGoodPpm: number;
  readonly lossMaxPpm: number;
  readonly jitterGoodUs: number;
  readonly jitterMaxUs: number;
  /** Slots of 64 in which a node must have served to share in a subsidy. */
  readonly minUptimeSlots: number;
}

export const startStandard: Standard = {
  minKbps: 16,
  lossGoodPpm: 10_000,
  lossMaxPpm: 100_000,
  jitterGoodUs: 20_000,
  jitterMaxUs: 100_000,
  minUptimeSlots: 58,
};

/** Full quality, in basis points. */
export const fullQualityBps = 10_000n;

/** 10000 up to `good`, 0 from `max` on, linear between; integer division, as the contract does it. */
export function qualityBps(measured: number, good: number, max: number): bigint {
  if (measured <= good) return fullQualityBps;
  if (measured >= max) return 0n;
  return (fullQualityBps * BigInt(max - measured)) / BigInt(max - good);
}
