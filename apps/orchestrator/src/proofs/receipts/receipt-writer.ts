import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDatabaseOutage } from '@chroom/database';
import type { Hex } from '@chroom/protocol';
import { epochAt, epochEndSec, type Leaf, noClientPublicKey, type Receipt } from '@chroom/protocol/proofs';
import { orderReceipt, signAsMember } from '@chroom/receipts';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { type CancelTimer, Timers } from '../../rooms/timers.js';
import { DeliverReceipts } from '../delivery/deliver-receipts.js';
import { Grantors } from '../grants/grantors.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import type { EpochFigures } from '../record/epoch-sums.js';
import { RecordKeeper } from '../record/record-keeper.js';
import { isOver, lastCountersMs, type WitnessedSession } from '../record/witnessed-session.js';
import { ProofStore, type SessionWrite } from '../storage/proof-store.js';
import { makeReceipt } from './make-receipt.js';

const tickMs = 1_000;
/** A session is signed and stored this often, and at once when an epoch or the session has ended. */
export const receiptEveryMs = 10_000;
/** A killed orchestrator's sessions end on the node after 60 s without an owner; after this they are over for us too. */
export const resumeMs = 90_000;
/** Some milliseconds of our thread to put together and to read the answer of. */
const sessionsPerStatement = 50;
const outageRetryMs = 5_000;

/** A write, and what its session looked like when it was made. */
interface Made {
  readonly write: SessionWrite;
  readonly figures: readonly EpochFigures[];
  readonly isSigned: boolean;
  readonly declaredBps: number;
}

/** Signs and stores what `RecordKeeper` knows: one statement for all sessions that are due. */
@Injectable()
export class ReceiptWriter implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Receipts');
  private cancel: CancelTimer = () => {};
  private writing: Promise<void> = Promise.resolve();
  private isDown = false;
  private retryAtMs = 0;

  constructor(
    private readonly keeper: RecordKeeper,
    private readonly store: ProofStore,
    private readonly network: ProofNetwork,
    private readonly grantors: Grantors,
    private readonly delivery: DeliverReceipts,
    private readonly clock: Clock,
    private readonly timers: Timers,
  ) {}

  async onModuleInit(): Promise<void> {
    const nowMs = this.clock.nowMs();
    this.keeper.resume(await this.store.takeOver(nowMs - resumeMs), nowMs);
    this.schedule();
  }

  async onApplicationShutdown(): Promise<void> {
    this.cancel();
    await this.write(true);
  }

  /**
   * Signs and stores what is due. Never throws: what could not be stored is made again.
   * @param isAll whatever was stored last
   */
  write(isAll = false): Promise<void> {
    this.writing = this.writing
      .then(() => this.writeDue(isAll))
      .catch((error: unknown) => this.noteFailure(error, this.clock.nowMs()));
    return this.writing;
  }

  /** Every second, and right after an epoch has ended: its last receipts must reach the operator before it is sealed. */
  private schedule(): void {
    this.cancel = this.timers.after(this.pauseMs(), () => {
      void this.write();
      this.schedule();
    });
  }

  private pauseMs(): number {
    const { facts } = this.network;
    const nowMs = this.clock.nowMs();
    const lengthMs = (epochEndSec(facts.clock, 0) - facts.clock.startSec) * 1000;
    const intoEpochMs = (((nowMs - facts.clock.startSec * 1000) % lengthMs) + lengthMs) % lengthMs;
    return Math.min(tickMs, lengthMs - intoEpochMs);
  }

  private async writeDue(isAll: boolean): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs < this.retryAtMs && !isAll) return;
    for (const session of this.keeper.all(nowMs)) {
      const isGone = session.resumedAtMs !== undefined && session.endedAtMs === undefined;
      if (isGone && nowMs - session.resumedAtMs! >= resumeMs) session.endedAtMs = nowMs - lastCountersMs;
    }
    const due = this.keeper
      .all(nowMs)
      .filter((session) => this.isWorth(session, nowMs) && (isAll || isDue(session, nowMs)));
    for (let from = 0; from < due.length; from += sessionsPerStatement) {
      await this.writeSome(due.slice(from, from + sessionsPerStatement), nowMs, isAll);
    }
    if (this.isDown) this.log.log('receipts are stored again');
    this.isDown = false;
  }

  /** A session in which nothing was ever declared is not stored at all. */
  private isWorth(session: WitnessedSession, nowMs: number): boolean {
    const isWorth = !session.record.isBlank || session.storedAtMs !== undefined;
    if (!isWorth && (session.isReplaced || isOver(session, nowMs))) this.keeper.forget(session);
    return isWorth;
  }

  private async writeSome(sessions: readonly WitnessedSession[], nowMs: number, isAll: boolean): Promise<void> {
    const writes: Made[] = [];
    for (const session of sessions) {
      const made = this.make(session, nowMs, isAll || isRegular(session, nowMs));
      writes.push(made);
      // A receipt and a grant take the better part of a millisecond: signalling gets its turn between them.
      if (made.write.leaves.length > 0) await nextTurn();
    }
    const saved = await this.store.save(
      writes.map(({ write }) => write),
      nowMs,
    );
    for (const made of writes) this.settle(made, saved.has(made.write.session.grant.hash), nowMs);
    // Others go with the next look at the outbox: a call for each second's would cost more than what is in it.
    const epoch = epochAt(this.network.facts.clock, nowMs / 1000);
    const isSealedSoon = ({ write }: Made) => write.leaves.some(({ receipt }) => receipt.epoch < epoch);
    if (isAll || writes.some(isSealedSoon)) this.delivery.wake();
  }

  private make(session: WitnessedSession, nowMs: number, isSigned: boolean): Made {
    const isLast = session.isReplaced || isOver(session, nowMs);
    const figures = isSigned ? figuresOf(session) : [];
    const signerKey = this.grantors.keyOfClientKey(session.grant.grant.clientKey);
    const leaves: Leaf[] = [];
    const refused: SessionWrite['refused'][number][] = session.refused.map((each) => ({
      ...each,
      epoch: session.record.epoch,
    }));
    for (const each of figures) {
      const former = session.former?.epoch === each.epoch ? session.former : undefined;
      const { clock } = this.network.facts;
      const { receipt, refusals } = makeReceipt(clock, session.grant, each, former, session.seq + 1);
      refused.push(...refusals.map((refusal) => ({ ...refusal, epoch: each.epoch })));
      if (!signerKey || !receipt || !isNews(receipt, former)) continue;
      session.seq += 1;
      leaves.push(this.sign(session, receipt, signerKey));
    }
    const write = { session, record: session.record.store(), leaves, refused, isLast };
    return { write, figures, isSigned, declaredBps: session.record.declaredTotalBps };
  }

  private sign({ grant: { grant, signature } }: WitnessedSession, receipt: Receipt, signerKey: Hex): Leaf {
    const digest = this.network.facts.digests.receipt(receipt);
    return {
      grant,
      receipt,
      grantSignature: signature,
      clientPublicKey: noClientPublicKey,
      receiptSignature: signAsMember(signerKey, digest),
    };
  }

  private settle({ write, figures, isSigned, declaredBps }: Made, isOurs: boolean, nowMs: number): void {
    const { session } = write;
    if (!isOurs) {
      this.log.warn({ message: 'a session is answered for by a newer run', session: session.place.session });
      this.keeper.forget(session);
      return;
    }
    session.closed = session.closed.filter((each) => !figures.includes(each));
    session.former = write.leaves.at(-1)?.receipt ?? session.former;
    if (isSigned) session.storedAtMs = nowMs;
    session.storedBps = declaredBps;
    session.refused = [];
    if (write.isLast) this.keeper.forget(session);
  }

  private noteFailure(error: unknown, nowMs: number): void {
    this.retryAtMs = nowMs + outageRetryMs;
    if (this.isDown) return;
    this.isDown = true;
    const message = isDatabaseOutage(error) ? 'database down: receipts wait in memory' : 'receipts not stored';
    this.log.error({ message, reason: String(error) });
  }
}

/** While an epoch waits to be closed, what its successor begins with is not known, nor under which grant. */
function figuresOf({ isReplaced, closed, record }: WitnessedSession): readonly EpochFigures[] {
  return isReplaced || record.isClosing ? closed : [...closed, record.figures()];
}

function isDue(session: WitnessedSession, nowMs: number): boolean {
  return isRegular(session, nowMs) || isOutgrown(session);
}

/** Due for a receipt as well. */
function isRegular(session: WitnessedSession, nowMs: number): boolean {
  const isFresh = session.storedAtMs !== undefined && nowMs - session.storedAtMs < receiptEveryMs;
  return !isFresh || session.closed.length > 0 || session.isReplaced || isOver(session, nowMs);
}

/**
 * More than twice of what was stored is declared: after a kill, media of the session would be taken for too much. Such a
 * write makes no receipt, and as it has to double each time there are few of them before the next regular one.
 */
function isOutgrown({ record, storedBps }: WitnessedSession): boolean {
  return record.declaredTotalBps > 2 * storedBps;
}

/** The same figures again need no signature. A receipt that would take something back is a fault of ours; never sign it. */
function isNews(receipt: Receipt, former: Receipt | undefined): boolean {
  if (!former) return true;
  if (orderReceipt(former, receipt) !== 'newer') return false;
  return orderReceipt(former, { ...receipt, seq: former.seq }) !== 'same';
}
