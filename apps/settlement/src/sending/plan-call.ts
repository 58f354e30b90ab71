import type { ContractCall } from '@chroom/chain';
import type { Hex } from 'viem';
import type { ChainHead, SettlementChain } from '../chain/settlement-chain.js';
import type { BatchRow } from '../storage/batch-store.js';
import type { OutboxRow } from '../storage/outbox-store.js';

/** What shall be done about a row of the outbox. */
export type Plan =
  | { readonly kind: 'send'; readonly call: ContractCall }
  /** The contract shows at a confirmed block that there is nothing left to do. */
  | { readonly kind: 'done'; readonly note: string }
  | { readonly kind: 'wait'; readonly reason: string }
  | { readonly kind: 'dead'; readonly reason: string };

export interface PlanContext {
  readonly chain: SettlementChain;
  readonly head: ChainHead;
  /** Head minus confirmations: decisions are made on the state after this block. */
  readonly confirmed: bigint;
  /** Who gets what is claimed. */
  readonly owner: Hex;
}

/** From the row, its batches and the chain to the call. Reads, decides, changes nothing. */
export function planCall(row: OutboxRow, batches: readonly BatchRow[], context: PlanContext): Promise<Plan> {
  switch (row.kind) {
    case 'submit':
      return planSubmit(batches[0], context);
    case 'settle':
      return planSettle(batches, context);
    case 'release':
      return planRelease(batches[0], context);
    case 'claim':
      return planClaim(row, context);
  }
}

async function planSubmit(batch: BatchRow | undefined, { chain, confirmed, head }: PlanContext): Promise<Plan> {
  if (batch?.orchSignature === undefined) return { kind: 'dead', reason: 'the batch is not authorised' };
  const found = await chain.batch(batch.key, confirmed);
  if (found) {
    return found.headerHash === batch.headerHash
      ? { kind: 'done', note: 'submitted by another transaction' }
      : { kind: 'dead', reason: `the chain has another header ${found.headerHash} for this batch` };
  }
  if (await chain.batch(batch.key, head.number)) return { kind: 'wait', reason: 'submitted, not confirmed yet' };
  return { kind: 'send', call: chain.submitCall(batch.header, batch.nodeSignature, batch.orchSignature) };
}

async function planSettle(batches: readonly BatchRow[], { chain, confirmed, head }: PlanContext): Promise<Plan> {
  const open: BatchRow[] = [];
  let unconfirmed = 0;
  for (const batch of batches) {
    const [settled, newest] = await Promise.all([
      chain.batch(batch.key, confirmed),
      chain.batch(batch.key, head.number),
    ]);
    if (isEnded(settled?.state)) continue;
    if (isEnded(newest?.state)) unconfirmed++;
    else open.push(batch);
  }
  if (open.length > 0) return { kind: 'send', call: chain.settleCall(open.map((batch) => batch.header)) };
  if (unconfirmed > 0) return { kind: 'wait', reason: 'settled by another transaction, not confirmed yet' };
  return { kind: 'done', note: 'settled by other transactions' };
}

async function planRelease(batch: BatchRow | undefined, { chain, confirmed, head }: PlanContext): Promise<Plan> {
  if (!batch) return { kind: 'dead', reason: 'the batch is missing' };
  const [settled, newest] = await Promise.all([chain.batch(batch.key, confirmed), chain.batch(batch.key, head.number)]);
  if (isEnded(settled?.state)) return { kind: 'done', note: 'ended by another transaction' };
  // It will be paid: the next plan settles it.
  if (settled?.state === 'audited') return { kind: 'done', note: 'audited meanwhile' };
  if (newest?.state !== 'submitted') return { kind: 'wait', reason: 'ended or audited, not confirmed yet' };
  return { kind: 'send', call: chain.releaseCall(batch.header) };
}

async function planClaim(row: OutboxRow, { chain, head, confirmed, owner }: PlanContext): Promise<Plan> {
  const [now, confirmedAccrued] = await Promise.all([
    chain.accrued(row.nodeId, head.number),
    chain.accrued(row.nodeId, confirmed),
  ]);
  if (now > 0n) return { kind: 'send', call: chain.claimCall(row.nodeId, owner) };
  if (confirmedAccrued > 0n) return { kind: 'wait', reason: 'claimed by another transaction, not confirmed yet' };
  return { kind: 'done', note: 'nothing is left to claim' };
}

function isEnded(state: string | undefined): boolean {
  return state === 'settled' || state === 'rejected';
}

/** Refusals that pass by themselves or by somebody adding money; all others need a person. */
const passing = new Set([
  'EpochNotOver',
  'ChallengeWindowOpen',
  'FundTooSmall',
  'StakeTooSmall',
  'CollateralTooSmall',
  'AuditRequired',
  'AuditStillPossible',
  'Stopped',
  'NotActive',
  // Somebody was faster: the plan of the next try sees it.
  'AlreadySubmitted',
  'WrongState',
  'NothingToClaim',
]);

export function isPassing(errorName: string): boolean {
  return passing.has(errorName);
}
