import type { control } from '@chroom/protocol';
import { epochAt, epochEndSec } from '@chroom/protocol/proofs';

import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { RoomEvents, type SessionFact } from '../../rooms/room-events.js';
import { Grantors } from '../grants/grantors.js';
import { issueGrant } from '../grants/issue-grant.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import type { ResumedSession } from '../storage/proof-store.js';
import type { TrackDelta } from './quality-sums.js';
import { SessionRecord } from './session-record.js';
import { PublishedTracks, TrackDeltas } from './track-deltas.js';
import { closedMax, isOver, type SessionPlace, type WitnessedSession } from './witnessed-session.js';

/** Sessions of one orchestrator that can be answered for; more are served and not paid. */
const sessionsMax = 100_000;
/** Facts that wait for the end of a turn of the event loop; with one more they are taken at once. */
const untakenMax = 1_000;

/**
 * The presence record: every session of every client, from our own state and the node's reports. Owns what is in
 * memory; `ReceiptWriter` signs and stores it. Listeners must not throw or block, so nothing here waits; facts carry
 * their time and are taken after what published them, which is a client that waits for its answer.
 */
@Injectable()
export class RecordKeeper implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Receipts');
  private readonly sessions = new Map<string, WitnessedSession>();
  /** Grants that ended or were replaced, until their last receipt is stored. */
  private readonly ending = new Set<WitnessedSession>();
  private readonly published = new PublishedTracks();
  private endSubscriptions: (() => void)[] = [];
  private untaken: SessionFact[] = [];
  private ungrantedCount = 0;

  constructor(
    private readonly network: ProofNetwork,
    private readonly grantors: Grantors,
    private readonly events: RoomEvents,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (!this.grantors.areEnabled) return;
    this.endSubscriptions = [
      this.events.subscribeFacts((fact) => this.takeSoon(fact)),
      this.events.subscribeStatistics((sid, statistics) => this.report(sid, statistics)),
    ];
  }

  onApplicationShutdown(): void {
    for (const end of this.endSubscriptions) end();
  }

  get count(): number {
    this.takeAll();
    return this.sessions.size;
  }

  /** Sessions that are served without a grant. */
  get ungranted(): number {
    this.takeAll();
    return this.ungrantedCount;
  }

  /** Everything that is to be stored, with epochs that are over closed. */
  all(nowMs: number): WitnessedSession[] {
    this.takeAll();
    for (const session of this.sessions.values()) this.bringTo(session, nowMs);
    return [...this.sessions.values(), ...this.ending];
  }

  /** Sessions of our former run. Their grants go on only under the key that signed them. */
  resume(resumed: readonly ResumedSession[], nowMs: number): void {
    const { facts } = this.network;
    for (const { place, grant, issuedAtMs, stored, seq, former } of resumed) {
      if (!this.grantors.keyOfClientKey(grant.grant.clientKey)) continue;
      const session: WitnessedSession = {
        place,
        grant,
        issuedAtMs,
        record: SessionRecord.restore(facts.clock, stored),
        deltas: new TrackDeltas(),
        refused: [],
        closed: [],
        seq,
        former,
        storedAtMs: nowMs,
        storedBps: Number.POSITIVE_INFINITY,
        resumedAtMs: nowMs,
        succeededAtMs: undefined,
        endedAtMs: undefined,
        isReplaced: false,
      };
      this.sessions.set(place.session, session);
    }
  }

  /** The session is stored to its end, or belongs to somebody else. */
  forget(session: WitnessedSession): void {
    this.ending.delete(session);
    if (this.sessions.get(session.place.session) === session) this.sessions.delete(session.place.session);
  }

  end(session: WitnessedSession, atMs: number): void {
    for (const track of session.record.sentTracks) this.published.forget(track);
    session.record.connection(false, atMs);
    session.endedAtMs = atMs;
  }

  private takeSoon(fact: SessionFact): void {
    if (this.untaken.push(fact) === 1) setImmediate(() => this.takeAll());
    if (this.untaken.length > untakenMax) this.takeAll();
  }

  /** Whoever looks at sessions calls it first. */
  private takeAll(): void {
    const facts = this.untaken;
    if (facts.length === 0) return;
    this.untaken = [];
    for (const fact of facts) this.take(fact);
  }

  private take(fact: SessionFact): void {
    if (fact.kind === 'admitted') this.admit(fact, fact.atMs);
    else this.note(fact);
  }

  private note(fact: Exclude<SessionFact, { kind: 'admitted' }>): void {
    const session = this.sessions.get(fact.session);
    if (fact.kind === 'stream' && fact.direction === 'sent' && fact.bps === 0) this.published.forget(fact.track);
    if (!session || session.endedAtMs !== undefined) return;
    if (fact.kind === 'succeeded') {
      session.succeededAtMs ??= fact.atMs;
      return;
    }
    const current = this.bringTo(session, fact.atMs);
    if (fact.kind === 'connection') current.record.connection(fact.isConnected, fact.atMs);
    else if (fact.kind === 'ended') this.end(current, fact.atMs);
    else if (fact.kind === 'stream') {
      if (fact.direction === 'received') current.deltas.declared(fact.track, fact.whole);
      current.record.declare(fact);
    }
  }

  private admit(place: SessionPlace, nowMs: number): void {
    const { facts } = this.network;
    const fromSec = Math.floor(nowMs / 1000);
    const grantor = this.grantors.at(epochAt(facts.clock, fromSec));
    if (!grantor || this.sessions.size >= sessionsMax) {
      this.ungrantedCount += 1;
      this.log.warn({
        message: 'a session has no grant',
        session: place.session,
        key: grantor ? 'ok' : 'none',
      });
      return;
    }
    const { session, roomSid, nodeId, projectId, roomName } = place;
    this.sessions.set(session, {
      place: { session, projectId, roomSid, roomName, nodeId },
      grant: issueGrant(grantor, { roomSid, session, nodeId, fromSec }),
      issuedAtMs: nowMs,
      record: new SessionRecord(facts.clock, epochAt(facts.clock, fromSec), nowMs),
      deltas: new TrackDeltas(),
      refused: [],
      closed: [],
      seq: 0,
      former: undefined,
      storedAtMs: undefined,
      storedBps: 0,
      resumedAtMs: undefined,
      succeededAtMs: undefined,
      endedAtMs: undefined,
      isReplaced: false,
    });
  }

  private report(sid: string, statistics: control.SessionStatistics): void {
    this.takeAll();
    const known = this.sessions.get(sid);
    const nowMs = this.clock.nowMs();
    for (const track of statistics.published) this.published.note(track);
    if (!known) return;
    const session = this.bringTo(known, nowMs);
    const deltas = session.deltas.take(statistics, this.published);
    const isTaken = isUnseen(session)
      ? this.endUnseen(session, statistics, deltas, nowMs)
      : session.record.report(statistics, deltas, nowMs, Math.min(nowMs, session.endedAtMs ?? nowMs));
    if (isTaken) {
      this.keepClosed(session, nowMs);
      return;
    }
    const reported = statistics.rxBytes + statistics.txBytes;
    session.refused = [{ code: 'COUNTERS_BACK', reported, accepted: session.record.reportedBytes }];
  }

  /**
   * The session outlived our former run: these are its last counters, told when it was closed for its successor. From
   * when that one joined on, nobody was in this one.
   */
  private endUnseen(
    session: WitnessedSession,
    statistics: control.SessionStatistics,
    deltas: readonly TrackDelta[],
    nowMs: number,
  ): boolean {
    const endMs = Math.min(nowMs, session.succeededAtMs ?? nowMs);
    if (!session.record.bridge(statistics, deltas, endMs)) return false;
    this.end(session, endMs);
    return true;
  }

  private bringTo(session: WitnessedSession, nowMs: number): WitnessedSession {
    // Its time, and the epochs that ended in it, wait for its last counters.
    if (isUnseen(session)) return session;
    session.record.bringTo(nowMs);
    if (isOver(session, nowMs)) session.record.closeUnseen();
    return this.keepClosed(session, nowMs);
  }

  /** Keeps epochs that were closed for their receipts, and takes a new grant where the old one would end within the next. */
  private keepClosed(session: WitnessedSession, nowMs: number): WitnessedSession {
    const { record, grant, endedAtMs } = session;
    const closed = record.takeClosed();
    if (closed.length === 0) return session;
    session.closed = [...session.closed, ...closed].slice(-closedMax);
    const runsOut = grant.grant.notAfter < epochEndSec(this.network.facts.clock, record.epoch);
    return endedAtMs === undefined && runsOut ? this.replaceGrant(session, record.epoch, nowMs) : session;
  }

  private replaceGrant(session: WitnessedSession, epoch: number, nowMs: number): WitnessedSession {
    const grantor = this.grantors.at(epoch);
    if (!grantor) return session;
    const { roomSid, session: sid, nodeId } = session.place;
    const fromSec = Math.floor(nowMs / 1000);
    const successor: WitnessedSession = {
      ...session,
      grant: issueGrant(grantor, { roomSid, session: sid, nodeId, fromSec }),
      issuedAtMs: nowMs,
      refused: [],
      closed: [],
      seq: 0,
      former: undefined,
      storedAtMs: undefined,
      storedBps: 0,
    };
    session.isReplaced = true;
    this.ending.add(session);
    this.sessions.set(sid, successor);
    return successor;
  }
}

/** Of a resumed session nobody knows what became of it, until its last counters say so or it is given up. */
function isUnseen({ resumedAtMs, endedAtMs }: WitnessedSession): boolean {
  return resumedAtMs !== undefined && endedAtMs === undefined;
}
