import type { Receipt } from '@chroom/protocol/proofs';
import type { SignedGrant } from '../grants/issue-grant.js';
import type { RefusedReport } from '../receipts/make-receipt.js';
import type { EpochFigures } from './epoch-sums.js';
import type { SessionRecord } from './session-record.js';
import type { TrackDeltas } from './track-deltas.js';

/** Where a participant's session is; fixed while it lasts. */
export interface SessionPlace {
  readonly session: string;
  readonly projectId: string;
  readonly roomSid: string;
  readonly roomName: string;
  readonly nodeId: bigint;
}

/**
 * One session that we answer for under one grant. `closed`: epochs that have ended and whose last receipt is not stored
 * yet. `seq` grows with every receipt that is made, stored or not.
 */
export interface WitnessedSession {
  readonly place: SessionPlace;
  readonly grant: SignedGrant;
  readonly issuedAtMs: number;
  readonly record: SessionRecord;
  readonly deltas: TrackDeltas;
  closed: readonly EpochFigures[];
  /** Reports that were not taken at all, until that is stored. */
  refused: readonly RefusedReport[];
  seq: number;
  /** The newest stored receipt. */
  former: Receipt | undefined;
  /** undefined: not stored at all yet. */
  storedAtMs: number | undefined;
  /** What was declared in all when the record was last stored. */
  storedBps: number;
  /** Of the former run of this process: nobody is known to be there any more until its last counters come. */
  readonly resumedAtMs: number | undefined;
  /** From then on the client of a resumed session had another one. */
  succeededAtMs: number | undefined;
  endedAtMs: number | undefined;
  /** The grant goes no further; its successor carries the session on. */
  isReplaced: boolean;
}

/** Epochs that may wait for a database that is down; the oldest are given up beyond this. */
export const closedMax = 64;

/** The node's last counters come this long after the end of a session, or not at all. */
export const lastCountersMs = 1_000;

/** Ended, and its last counters are there or do not come. */
export function isOver({ endedAtMs }: WitnessedSession, nowMs: number): boolean {
  return endedAtMs !== undefined && nowMs - endedAtMs >= lastCountersMs;
}
