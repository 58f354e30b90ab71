import { backoffMs, type ChroomError } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import { keccak256 } from 'viem';
import { type ChainHead, ContractRefusal, isChainAway, type SettlementChain } from '../chain/settlement-chain.js';
import { applyDead, applyFinal } from '../settling/apply-outcome.js';
import { findBatches } from '../storage/batch-store.js';
import {
  findOutbox,
  moveOutbox,
  type OutboxRow,
  postponeOutbox,
  type SignedTransaction,
  storeTransaction,
} from '../storage/outbox-store.js';
import { broadcastStored } from './broadcast-stored.js';
import type { ReachCrashPoint } from './crash-points.js';
import { firstFees } from './fees.js';
import { isPassing, type Plan, planCall } from './plan-call.js';
import type { SenderAccount } from './sender-account.js';

export interface SendingParts {
  readonly database: DataSource;
  readonly chain: SettlementChain;
  readonly account: SenderAccount;
  readonly confirmations: bigint;
  readonly maxFeePerGasWei: bigint;
  readonly logger: Logger;
  readonly reach: ReachCrashPoint;
}

const retry = { firstMs: 1_000, longestMs: 60_000 };
/** Estimates are for the state of now; the block may need somewhat more. */
const gasMarginPercent = 125n;

/** chain.submit: ready -> signed, and out. Idempotent: a row that is not ready is left alone. */
export class SendTransaction {
  constructor(private readonly parts: SendingParts) {}

  async send(key: string): Promise<void> {
    const row = await findOutbox(this.parts.database, key);
    if (row?.state !== 'ready') return;
    try {
      await this.attempt(row);
    } catch (error) {
      const { code, message } = error as ChroomError;
      if (!isChainAway(error) && code !== 'SENDER_UNFUNDED') throw error;
      await this.postpone(row, `${code}: ${message}`);
    }
  }

  private async attempt(row: OutboxRow): Promise<void> {
    const { database, chain, account, confirmations } = this.parts;
    const head = await chain.head();
    const confirmed = head.number > confirmations ? head.number - confirmations : 0n;
    const batches = await findBatches(database, row.batchKeys);
    const plan = await planCall(row, batches, { chain, head, confirmed, owner: account.address });
    if (plan.kind === 'send') await this.estimateAndSign(row, plan.call, head, confirmed);
    else if (plan.kind === 'wait') await this.postpone(row, plan.reason);
    else await this.conclude(row, plan, confirmed);
  }

  private async estimateAndSign(
    row: OutboxRow,
    call: Extract<Plan, { kind: 'send' }>['call'],
    head: ChainHead,
    confirmed: bigint,
  ): Promise<void> {
    const { chain, account } = this.parts;
    let gas: bigint;
    try {
      gas = await chain.estimateGas(account.address, call);
    } catch (error) {
      if (!(error instanceof ContractRefusal)) throw error;
      if (isPassing(error.errorName)) return this.postpone(row, error.message);
      return this.refused(row, error, head, confirmed);
    }
    const spent = await chain.nonceAt(account.address, confirmed);
    const transaction = await this.sign(row, call, (gas * gasMarginPercent) / 100n, head, spent);
    if (!transaction) return;
    this.parts.reach('after-commit');
    const { hash, nonce } = transaction;
    this.parts.logger.info('transaction signed', { outbox: row.key, nonce, hash });
    await broadcastStored(this.parts, row, transaction);
    this.parts.reach('after-broadcast');
  }

  /** Nonce, signature and stored bytes in one transaction: either all of it happened or nothing. */
  private sign(
    row: OutboxRow,
    { to, data }: { to: `0x${string}`; data: `0x${string}` },
    gas: bigint,
    head: ChainHead,
    spent: number,
  ): Promise<SignedTransaction | undefined> {
    const { database, chain, account, maxFeePerGasWei } = this.parts;
    return database
      .transaction(async (db) => {
        const nonce = await account.takeNonce(db, spent);
        const locked = await findOutbox(db, row.key, true);
        if (locked?.state !== 'ready') throw new RowMoved();
        const fees = firstFees(head.baseFee, head.tip, maxFeePerGasWei);
        const raw = await account.sign({ chainId: chain.facts.contracts.chainId, nonce, to, data, gas, ...fees });
        const transaction = { hash: keccak256(raw), nonce, raw, ...fees, storedAtMs: 0 };
        await storeTransaction(db, row.key, transaction);
        await moveOutbox(db, row.key, 'ready', 'signed', { sender: account.address, nonce });
        this.parts.reach('before-commit');
        return transaction;
      })
      .catch((error: unknown) => {
        if (error instanceof RowMoved) return undefined; // its nonce was given back with the rollback
        throw error;
      });
  }

  /** A final refusal counts only when the confirmed state and the time of the chain agree for long enough. */
  private async refused(row: OutboxRow, refusal: ContractRefusal, head: ChainHead, confirmed: bigint): Promise<void> {
    const isSettled = row.attempts >= refusalsBeforeDead && confirmed > 0n && head.number > confirmed;
    if (!isSettled) return this.postpone(row, refusal.message);
    await this.conclude(row, { kind: 'dead', reason: refusal.message }, confirmed);
  }

  private async conclude(row: OutboxRow, plan: Extract<Plan, { kind: 'done' | 'dead' }>, confirmed: bigint) {
    const { database, chain, logger } = this.parts;
    if (plan.kind === 'done') {
      logger.info('nothing to send', { outbox: row.key, note: plan.note });
      await applyFinal(database, chain, row, 'ready', confirmed, plan.note);
      return;
    }
    logger.error('an outbox row is dead and needs a person', { outbox: row.key, reason: plan.reason });
    await applyDead(database, logger, row, 'ready', plan.reason);
  }

  private async postpone(row: OutboxRow, reason: string): Promise<void> {
    this.parts.logger.debug('an outbox row waits', { outbox: row.key, reason });
    await postponeOutbox(this.parts.database, row.key, backoffMs(retry, row.attempts, Math.random), reason);
  }
}

const refusalsBeforeDead = 3;

class RowMoved extends Error {}
