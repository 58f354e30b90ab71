import {
  countSlots,
  type EpochClock,
  epochEndSec,
  epochStartSec,
  slotsTouched,
  startStandard,
} from '@chroom/protocol/proofs';

/** What a node reports of one session, cumulative within the epoch. Never taken as it is. */
export interface NodeReport {
  /** Bytes to and from the client. */
  readonly rxBytes: bigint;
  readonly txBytes: bigint;
  readonly lossPpm: number;
  readonly jitterUs: number;
  readonly rttUs: number;
}

/** A time in which a stream of at most `bps` flowed to or from the client, from the orchestrator's own record. */
export interface DeclaredStream {
  readonly direction: 'received' | 'sent';
  /** Declared bitrate of the layer that was subscribed, or of all layers that were published. */
  readonly bps: number;
  readonly fromSec: number;
  readonly toSec: number;
}

/** The same streams as seen where they enter the node, summed over the epoch. */
export interface PublisherSide {
  /** Packets of the subscribed layers that came from their publishers while they were subscribed. */
  readonly packetsIn: number;
  /** Packets that the node says it sent on to this client for them. */
  readonly packetsForwarded: number;
  /** Jitter on the way in. */
  readonly jitterUs: number;
}

export interface ClassTwoRecord {
  /** When the participant was there; not overlapping. */
  readonly presence: readonly { readonly fromSec: number; readonly toSec: number }[];
  readonly streams: readonly DeclaredStream[];
  readonly publisherSide: PublisherSide;
}

/** What the orchestrator is ready to sign. */
export interface AcceptedCounters extends NodeReport {
  readonly activeSec: number;
  readonly slots: bigint;
}

export type ObjectionCode =
  | 'RX_OVER_BOUND'
  | 'TX_OVER_BOUND'
  | 'LOSS_BELOW_PUBLISHER_SIDE'
  | 'FORWARDED_MORE_THAN_RECEIVED'
  | 'JITTER_BELOW_PUBLISHER_SIDE';

/** A part of the report that was refused; the caller stores it with the report. */
export interface Objection {
  readonly code: ObjectionCode;
  readonly reported: bigint;
  readonly accepted: bigint;
}

/** Headers, retransmission and probing on top of a declared bitrate. */
const overheadTenths = 11n;
/** More forwarded than came in is worth an objection from here on: packets in flight at either end of a measurement. */
const forwardedTolerance = 0.05;
/**
 * Loss that a node may hide: no more than the start standard pays in full. The inaccuracy of its reports is not part of
 * it; who compares them has taken that off before.
 */
const lossTolerancePpm = startStandard.lossGoodPpm;
const million = 1_000_000;

/**
 * Class 2: bytes = min(node's counters, declared bitrate x time x 1.1), loss and jitter not better than the publisher
 * side allows. Time and slots come from the orchestrator's record of presence alone.
 */
export function boundClassTwo(
  clock: EpochClock,
  epoch: number,
  report: NodeReport,
  record: ClassTwoRecord,
): { readonly accepted: AcceptedCounters; readonly objections: readonly Objection[] } {
  const objections: Objection[] = [];
  const note = (code: ObjectionCode, reported: number | bigint, accepted: number | bigint) => {
    if (reported !== accepted) objections.push({ code, reported: BigInt(reported), accepted: BigInt(accepted) });
  };
  const rxBytes = least(report.rxBytes, declaredBytes(clock, epoch, record.streams, 'received'));
  const txBytes = least(report.txBytes, declaredBytes(clock, epoch, record.streams, 'sent'));
  note('RX_OVER_BOUND', report.rxBytes, rxBytes);
  note('TX_OVER_BOUND', report.txBytes, txBytes);
  const lossPpm = crossCheckedLossPpm(report.lossPpm, record.publisherSide, note);
  const jitterUs = Math.max(report.jitterUs, Math.floor(record.publisherSide.jitterUs / 2));
  note('JITTER_BELOW_PUBLISHER_SIDE', report.jitterUs, jitterUs);
  return {
    accepted: { rxBytes, txBytes, lossPpm, jitterUs, rttUs: report.rttUs, ...presenceIn(clock, epoch, record) },
    objections,
  };
}

function declaredBytes(
  clock: EpochClock,
  epoch: number,
  streams: readonly DeclaredStream[],
  direction: DeclaredStream['direction'],
): bigint {
  let bits = 0n;
  for (const stream of streams) {
    if (stream.direction !== direction) continue;
    const durationMs = Math.round(overlapSec(clock, epoch, stream) * 1000);
    bits += (BigInt(Math.round(stream.bps)) * BigInt(durationMs)) / 1000n;
  }
  return (bits * overheadTenths) / 80n;
}

/** A node that drops packets on the way through must not call the rest lossless. */
function crossCheckedLossPpm(
  reportedPpm: number,
  { packetsIn, packetsForwarded }: PublisherSide,
  note: (code: ObjectionCode, reported: number, accepted: number) => void,
): number {
  if (packetsIn <= 0) return reportedPpm;
  const forwarded = Math.min(packetsForwarded, packetsIn);
  if (packetsForwarded > packetsIn * (1 + forwardedTolerance)) {
    note('FORWARDED_MORE_THAN_RECEIVED', packetsForwarded, packetsIn);
  }
  const delivered = (forwarded / packetsIn) * (1 - Math.min(reportedPpm, million) / million);
  const endToEndPpm = Math.round((1 - delivered) * million);
  if (endToEndPpm <= reportedPpm + lossTolerancePpm) return reportedPpm;
  note('LOSS_BELOW_PUBLISHER_SIDE', reportedPpm, endToEndPpm);
  return endToEndPpm;
}

function presenceIn(clock: EpochClock, epoch: number, { presence }: ClassTwoRecord) {
  let seconds = 0;
  let slots = 0n;
  for (const { fromSec, toSec } of presence) {
    seconds += overlapSec(clock, epoch, { fromSec, toSec });
    slots |= slotsTouched(clock, epoch, fromSec, toSec);
  }
  return { activeSec: Math.min(Math.floor(seconds), clock.slotSec * countSlots(slots)), slots };
}

function overlapSec(clock: EpochClock, epoch: number, time: { fromSec: number; toSec: number }): number {
  const from = Math.max(time.fromSec, epochStartSec(clock, epoch));
  const to = Math.min(time.toSec, epochEndSec(clock, epoch));
  return Math.max(0, to - from);
}

function least(left: bigint, right: bigint): bigint {
  return left < right ? left : right;
}
