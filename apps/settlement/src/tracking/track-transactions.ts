import type { DataSource } from 'typeorm';
import { keccak256, parseTransaction } from 'viem';
import type { ChainHead } from '../chain/settlement-chain.js';
import { broadcastStored } from '../sending/broadcast-stored.js';
import { bumpedFees } from '../sending/fees.js';
import type { SendingParts } from '../sending/send-transaction.js';
import { applyDead, applyFinal } from '../settling/apply-outcome.js';
import { findBatches } from '../storage/batch-store.js';
import {
  findOutbox,
  type MoveDetails,
  moveOutbox,
  type OutboxRow,
  rowsOnTheWay,
  type SignedTransaction,
  storeTransaction,
  transactionsOf,
} from '../storage/outbox-store.js';

export interface TrackingParts extends SendingParts {
  readonly bumpAfterMs: number;
  readonly nowMs: () => number;
}

interface View {
  readonly head: ChainHead;
  readonly confirmed: bigint;
  /** Nonces used up to the confirmed block. */
  readonly spent: number;
}

type FoundMined = NonNullable<MoveDetails['mined']> & { readonly succeeded: boolean };

/** More wait for the next round: the lowest nonces come first anyway. */
const rowsPerRound = 200;

/** chain.track: what became of everything that was signed. Idempotent; decides only on confirmed state. */
export class TrackTransactions {
  private readonly database: DataSource;

  constructor(private readonly parts: TrackingParts) {
    this.database = parts.database;
  }

  async track(): Promise<void> {
    const { chain, account, confirmations } = this.parts;
    const rows = await rowsOnTheWay(this.database, account.address, rowsPerRound);
    if (rows.length === 0) return;
    const head = await chain.head();
    const confirmed = head.number > confirmations ? head.number - confirmations : 0n;
    const view = { head, confirmed, spent: await chain.nonceAt(account.address, confirmed) };
    if (await this.closeGap(rows[0]!, head)) return;
    for (const row of rows) await this.trackRow(row, view);
  }

  /**
   * An endpoint that once named a too high nonce leaves rows behind a gap that nothing of ours fills. When the lowest
   * of them has waited as long as for a bump, it is given the nonce that the chain is at.
   */
  private async closeGap(lowest: OutboxRow, head: ChainHead): Promise<boolean> {
    const { account, bumpAfterMs, chain, logger, nowMs } = this.parts;
    const [newest] = await transactionsOf(this.database, lowest.key, lowest.nonce!);
    if (lowest.state !== 'signed' || nowMs() - newest!.storedAtMs < bumpAfterMs) return false;
    const next = await chain.nonceAt(account.address, head.number);
    if (lowest.nonce! <= next) return false;
    logger.warn('a nonce lies behind a gap', { outbox: lowest.key, nonce: lowest.nonce, next });
    return this.database.transaction(async (db) => {
      await account.resetNonce(db, next);
      return moveOutbox(db, lowest.key, 'signed', 'ready', { note: `its nonce ${lowest.nonce} lay behind a gap` });
    });
  }

  private async trackRow(row: OutboxRow, view: View): Promise<void> {
    const versions = await transactionsOf(this.database, row.key, row.nonce!);
    const mined = await this.findMined(versions);
    if (!mined) return row.state === 'mined' ? this.vanished(row, versions) : this.push(row, versions, view);
    const isNews = row.state === 'signed' || row.minedBlockHash !== mined.blockHash;
    if (isNews) await this.noteMined(row, mined);
    if (mined.block > view.confirmed) return;
    // The receipt alone may be of a block that is no longer there.
    if ((await this.parts.chain.blockHash(mined.block)) !== mined.blockHash) return;
    await this.conclude({ ...row, state: 'mined' }, mined, view);
  }

  private async findMined(versions: readonly SignedTransaction[]) {
    for (const { hash } of versions) {
      const found = await this.parts.chain.mined(hash);
      if (found) return { hash, block: found.blockNumber, blockHash: found.blockHash, succeeded: found.succeeded };
    }
    return undefined;
  }

  private async noteMined(row: OutboxRow, mined: NonNullable<MoveDetails['mined']>): Promise<void> {
    await this.database.transaction(async (db) => {
      if (row.state === 'mined') await moveOutbox(db, row.key, 'mined', 'signed');
      await moveOutbox(db, row.key, 'signed', 'mined', { mined });
    });
  }

  /** It was in a block, and now it is not: back to signed, and out again. */
  private async vanished(row: OutboxRow, versions: readonly SignedTransaction[]): Promise<void> {
    this.parts.logger.warn('a transaction vanished with its block', { outbox: row.key, nonce: row.nonce });
    if (await moveOutbox(this.database, row.key, 'mined', 'signed'))
      await broadcastStored(this.parts, row, versions[0]!);
  }

  private async push(row: OutboxRow, versions: readonly SignedTransaction[], view: View): Promise<void> {
    const newest = versions[0]!;
    if (row.nonce! < view.spent) return this.nonceSpent(row, view);
    if (!(await this.parts.chain.isKnown(newest.hash))) return broadcastStored(this.parts, row, newest);
    if (this.parts.nowMs() - newest.storedAtMs >= this.parts.bumpAfterMs) await this.bump(row, newest, view.head);
  }

  /** The confirmed chain has used this nonce for something else. What the contract knows decides. */
  private async nonceSpent(row: OutboxRow, { confirmed }: View): Promise<void> {
    this.parts.logger.warn('a nonce was spent elsewhere', { outbox: row.key, nonce: row.nonce });
    if (await this.isDone(row, confirmed)) {
      await applyFinal(this.database, this.parts.chain, row, 'signed', confirmed, 'done by another transaction');
    } else await moveOutbox(this.database, row.key, 'signed', 'ready', { note: 'its nonce was spent elsewhere' });
  }

  /** New bytes of the same nonce are stored before anybody sees them. */
  private async bump(row: OutboxRow, newest: SignedTransaction, head: ChainHead): Promise<void> {
    const { account, chain, logger, maxFeePerGasWei, reach } = this.parts;
    const fees = bumpedFees(newest, head.baseFee, head.tip, maxFeePerGasWei);
    if (!fees) {
      logger.warn('a transaction waits for lower fees', { outbox: row.key, maxFee: newest.maxFee });
      return;
    }
    const { to, data, gas } = parseTransaction(newest.raw);
    const call = { to: to!, data: data ?? '0x', gas: gas! } as const;
    const { chainId } = chain.facts.contracts;
    const bumped = await this.database.transaction(async (db) => {
      await account.checkFence(db);
      if ((await findOutbox(db, row.key, true))?.state !== 'signed') return undefined;
      const raw = await account.sign({ chainId, nonce: newest.nonce, ...call, ...fees });
      const next = { hash: keccak256(raw), nonce: newest.nonce, raw, ...fees, storedAtMs: 0 };
      await storeTransaction(db, row.key, next);
      reach('before-bump-commit');
      return next;
    });
    if (!bumped) return;
    reach('after-bump-commit');
    logger.info('fees raised', { outbox: row.key, nonce: row.nonce, hash: bumped.hash, maxFee: bumped.maxFee });
    await broadcastStored(this.parts, row, bumped);
  }

  private async conclude(row: OutboxRow, mined: FoundMined, { confirmed, spent }: View): Promise<void> {
    const { chain, logger } = this.parts;
    // A receipt is one answer of the endpoint: the nonce must be spent too, and the contract must show the effect.
    if (row.nonce! < spent && (await this.isShown(row, mined, confirmed))) {
      logger.info('transaction final', { outbox: row.key, hash: mined.hash, block: mined.block });
      await applyFinal(this.database, chain, row, 'mined', confirmed, undefined, mined);
      return;
    }
    if (mined.succeeded || row.nonce! >= spent) {
      logger.warn('the endpoint contradicts itself: its receipt and its state differ', { outbox: row.key, ...mined });
      return;
    }
    logger.error('a transaction was reverted and needs a person', { outbox: row.key, hash: mined.hash });
    await applyDead(this.database, logger, row, 'mined', `reverted in transaction ${mined.hash}`, mined);
  }

  /** What a node has claimed may be followed by new earnings: what is left tells nothing of a claim, its event does. */
  private async isShown(row: OutboxRow, { hash, block, succeeded }: FoundMined, confirmed: bigint): Promise<boolean> {
    const isPaid = row.kind === 'claim' && succeeded && (await this.parts.chain.hasClaimed(row.nodeId, block, hash));
    return isPaid || this.isDone(row, confirmed);
  }

  /** Whether the contract shows the effect, whoever brought it about. */
  private async isDone(row: OutboxRow, confirmed: bigint): Promise<boolean> {
    if (row.kind === 'claim') return (await this.parts.chain.accrued(row.nodeId, confirmed)) === 0n;
    for (const batch of await findBatches(this.database, row.batchKeys)) {
      const found = await this.parts.chain.batch(batch.key, confirmed);
      if (found?.headerHash !== batch.headerHash) return false;
      if (row.kind !== 'submit' && found.state !== 'settled' && found.state !== 'rejected') return false;
    }
    return true;
  }
}
