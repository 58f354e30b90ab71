import type { NodeReport, PublisherSide } from '@chroom/receipts';

/** What became of one track of a session between two reports of the node. */
export interface TrackDelta {
  readonly direction: 'received' | 'sent';
  readonly packets: number;
  readonly lost: number;
  readonly jitterUs: number;
  /**
   * Present where every packet of the publisher should have been sent on: how many there were, and their jitter.
   * `isFirst`: the stream began, or changed, just before.
   */
  readonly offered?: { readonly packets: number; readonly jitterUs: number; readonly isFirst: boolean };
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
  /** Stretches of comparison, and the most packets between two reports of one of them. */
  readonly stretches: number;
  readonly mostBetweenReports: number;
}

const nothing: DirectionSums = { packets: 0, lost: 0, jitterUsPackets: 0 };
export const noQuality: QualitySums = {
  received: nothing,
  sent: nothing,
  rttUs: 0,
  offered: 0,
  forwarded: 0,
  offeredJitterUsPackets: 0,
  stretches: 0,
  mostBetweenReports: 0,
};

/** Both ends of a stretch are off by one report: those of two sessions do not come together. */
const reportsOff = 2;
/** Where that is more than this share of all, the comparison says nothing. */
const uncertainShare = 0.25;
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
    next.stretches += delta.offered.isFirst ? 1 : 0;
    next.mostBetweenReports = Math.max(next.mostBetweenReports, delta.offered.packets);
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

/** What is less than the reports' own inaccuracy is no difference. */
export function publisherSideOf(sums: QualitySums): PublisherSide {
  const { offered, forwarded, offeredJitterUsPackets, stretches, mostBetweenReports } = sums;
  // An epoch begins in the middle of a stretch.
  const uncertain = reportsOff * Math.max(1, stretches) * mostBetweenReports;
  if (offered === 0 || uncertain > offered * uncertainShare) return { packetsIn: 0, packetsForwarded: 0, jitterUs: 0 };
  const difference = forwarded - offered;
  const certain = Math.sign(difference) * Math.max(0, Math.abs(difference) - uncertain);
  return {
    packetsIn: Math.round(offered),
    packetsForwarded: Math.round(offered + certain),
    jitterUs: Math.round(offeredJitterUsPackets / offered),
  };
}

function addDirection(sums: DirectionSums, { packets, lost, jitterUs }: TrackDelta): DirectionSums {
  return {
    packets: sums.packets + packets,
    lost: sums.lost + lost,
    jitterUsPackets: sums.jitterUsPackets + jitterUs * packets,
  };
}
