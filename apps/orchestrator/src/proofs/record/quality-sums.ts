import type { NodeReport, PublisherSide } from '@chroom/receipts';

/** What became of one track of a session between two reports of the node. */
export interface TrackDelta {
  readonly direction: 'received' | 'sent';
  readonly packets: number;
  readonly lost: number;
  readonly jitterUs: number;
  /** Present where every packet of the publisher should have been sent on: how many there were, and their jitter. */
  readonly offered?: { readonly packets: number; readonly jitterUs: number };
}

interface DirectionSums {
  readonly packets: number;
  readonly lost: number;
  /** Jitter weighted by packets. */
  readonly jitterUsPackets: number;
}

/** Loss, jitter and round trip of one session in one epoch; plain numbers, stored as they are. */
export interface QualitySums {
  readonly received: DirectionSums;
  readonly sent: DirectionSums;
  readonly rttUs: number;
  readonly offered: number;
  readonly forwarded: number;
  readonly offeredJitterUsPackets: number;
}

const nothing: DirectionSums = { packets: 0, lost: 0, jitterUsPackets: 0 };
export const noQuality: QualitySums = {
  received: nothing,
  sent: nothing,
  rttUs: 0,
  offered: 0,
  forwarded: 0,
  offeredJitterUsPackets: 0,
};

/** Fewer packets than ten seconds of audio say nothing: reports of two sessions are up to 2 s apart. */
const fewestCompared = 500;
const million = 1_000_000;
const u32Max = 2 ** 32 - 1;

export function addQuality(sums: QualitySums, rttUs: number, deltas: readonly TrackDelta[]): QualitySums {
  const next = { ...sums, rttUs: rttUs || sums.rttUs };
  for (const delta of deltas) {
    next[delta.direction] = addDirection(next[delta.direction], delta);
    if (delta.direction !== 'received' || !delta.offered) continue;
    next.offered += delta.offered.packets;
    next.forwarded += delta.packets;
    next.offeredJitterUsPackets += delta.offered.jitterUs * delta.offered.packets;
  }
  return next;
}

/**
 * What the node says of the session's quality. Receivers' reports decide; who only sends is judged by what the node
 * missed of it.
 */
export function reportedQuality(sums: QualitySums): Pick<NodeReport, 'lossPpm' | 'jitterUs' | 'rttUs'> {
  const { packets, lost, jitterUsPackets } = sums.received.packets > 0 ? sums.received : sums.sent;
  const expected = packets + lost;
  return {
    lossPpm: expected > 0 ? Math.min(million, Math.round((lost * million) / expected)) : 0,
    jitterUs: packets > 0 ? Math.min(u32Max, Math.round(jitterUsPackets / packets)) : 0,
    rttUs: Math.min(u32Max, sums.rttUs),
  };
}

export function publisherSideOf(sums: QualitySums): PublisherSide {
  if (sums.offered < fewestCompared) return { packetsIn: 0, packetsForwarded: 0, jitterUs: 0 };
  return {
    packetsIn: Math.round(sums.offered),
    packetsForwarded: Math.round(sums.forwarded),
    jitterUs: Math.round(sums.offeredJitterUsPackets / sums.offered),
  };
}

function addDirection(sums: DirectionSums, { packets, lost, jitterUs }: TrackDelta): DirectionSums {
  return {
    packets: sums.packets + packets,
    lost: sums.lost + lost,
    jitterUsPackets: sums.jitterUsPackets + jitterUs * packets,
  };
}
