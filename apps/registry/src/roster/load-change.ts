import type { Capacity, LoadReport } from '@chroom/protocol';

/** Watchers hear of a load that moved by this share of the capacity; smaller moves wait for the next larger one. */
const SHOWN_STEP_PERCENT = 2n;
const CPU_STEP_PERMILLE = 20;

/** Whether a change of load is worth telling: at 10 000 nodes a message for each heartbeat would be 10 000 a second. */
export function hasLoadMoved(shown: LoadReport, now: LoadReport, capacity: Capacity): boolean {
  return (
    hasMoved(shown.leased.egressBps, now.leased.egressBps, capacity.egressBps) ||
    hasMoved(shown.egressBps, now.egressBps, capacity.egressBps) ||
    hasMoved(shown.packetsPerSecond, now.packetsPerSecond, capacity.packetsPerSecond) ||
    hasMoved(BigInt(shown.leased.sessions), BigInt(now.leased.sessions), BigInt(capacity.sessions)) ||
    hasMoved(BigInt(shown.sessions), BigInt(now.sessions), BigInt(capacity.sessions)) ||
    Math.abs(shown.cpuPermille - now.cpuPermille) >= CPU_STEP_PERMILLE
  );
}

function hasMoved(before: bigint, now: bigint, whole: bigint): boolean {
  const difference = before > now ? before - now : now - before;
  return difference > 0n && difference * 100n >= whole * SHOWN_STEP_PERCENT;
}
