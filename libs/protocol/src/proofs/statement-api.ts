import { z } from 'zod';
import { bytes32, u32, u64 } from '../wire/wire-values.js';
import { batchHeaderSchema } from './settlement-api.js';

/** A number of token units or bytes that may pass 64 bits: a decimal text. */
const amount = z.string().regex(/^(0|[1-9][0-9]{0,38})$/);
const time = z.iso.datetime();

export const batchStages = [
  'sealed',
  'authorised',
  'submitted',
  'settling',
  'releasing',
  'settled',
  'released',
  'dead',
] as const;
export const transactionKinds = ['submit', 'settle', 'release', 'claim'] as const;
export const transactionStates = ['ready', 'signed', 'mined', 'final', 'dead'] as const;

/** What was taken off, and why; never more than one line of a kind. */
const deductionSchema = z.strictObject({
  reason: z.enum(['minimum-rate', 'loss', 'jitter', 'fee']),
  amount,
  explanation: z.string(),
});

const transactionSchema = z.strictObject({
  /** Key of the row of the outbox. */
  key: z.string(),
  kind: z.enum(transactionKinds),
  state: z.enum(transactionStates),
  nodeId: u64,
  batchKeys: z.array(bytes32),
  nonce: u32.nullable(),
  /** That is in a block, or else the newest one that was signed. */
  hash: bytes32.nullable(),
  block: u64.nullable(),
  /** Signed versions: one, and one more for each raise of the fees. */
  versions: u32,
  note: z.string().nullable(),
  createdAt: time,
});

const batchSummary = {
  key: bytes32,
  nodeId: u64,
  orchId: u64,
  epoch: u32,
  stage: z.enum(batchStages),
  leaves: u32,
  /** What the batch claims; what the node gets of it. */
  value: amount,
  paid: amount,
  fee: amount,
  volume: u64,
  slots: u64,
  solo: z.boolean(),
  note: z.string().nullable(),
  sealedAt: time,
  transactions: z.array(transactionSchema),
};

const leafSchema = z.strictObject({
  index: u32,
  grant: bytes32,
  session: bytes32,
  /** Whose key witnesses: a client's own, or an account (the orchestrator, or another node). */
  witness: z.enum(['client', 'account']),
  seq: u32,
  activeSec: u32,
  rxBytes: u64,
  txBytes: u64,
  lossPpm: u32,
  jitterUs: u32,
  rttUs: u32,
  /** With perfect quality; what is left after the deductions. */
  fullValue: amount,
  value: amount,
  deductions: z.array(deductionSchema),
});

export const statementBatchesSchema = z.strictObject({
  items: z.array(z.strictObject(batchSummary)),
  /** Null: this is the last page. */
  nextCursor: z.string().nullable(),
});

export const statementBatchSchema = z.strictObject({
  ...batchSummary,
  header: batchHeaderSchema,
  headerHash: bytes32,
  deductions: z.array(deductionSchema),
  /** Null: the leaf file is gone, a day after the settlement. */
  leafDetails: z.array(leafSchema).nullable(),
});

/** A leaf with what leads from it to the root: enough for everybody to check it against the chain. */
export const statementProofSchema = z.strictObject({
  key: bytes32,
  index: u32,
  /** 358 bytes. */
  leaf: z.string().regex(/^0x[0-9a-f]{716}$/),
  /** 60 bytes each, leaf side first. */
  siblings: z.string().regex(/^0x([0-9a-f]{120})*$/),
});

export const statementNodesSchema = z.strictObject({
  items: z.array(
    z.strictObject({
      nodeId: u64,
      batches: z.record(z.enum(batchStages), u32),
      leaves: u32,
      volume: u64,
      /** Batches that are not settled yet. */
      pending: amount,
      /** Values of settled batches, the network's fee of them, and what is left: the earnings. */
      settled: amount,
      fee: amount,
      earned: amount,
      /** Earned and not claimed yet, as the chain says at a confirmed block; null while it does not answer. */
      accrued: amount.nullable(),
      claims: u32,
      newestEpoch: u32,
    }),
  ),
});

export const statementTransactionsSchema = z.strictObject({ items: z.array(transactionSchema) });

export const statementSessionSchema = z.strictObject({
  session: bytes32,
  items: z.array(
    z.strictObject({
      grant: bytes32,
      nodeId: u64,
      epoch: u32,
      seq: u32,
      rxBytes: u64,
      txBytes: u64,
      /** Null until the epoch is sealed. */
      batchKey: bytes32.nullable(),
      stage: z.enum(batchStages).nullable(),
    }),
  ),
});

export type StatementBatches = z.input<typeof statementBatchesSchema>;
export type StatementBatch = z.input<typeof statementBatchSchema>;
export type StatementProof = z.input<typeof statementProofSchema>;
export type StatementNodes = z.input<typeof statementNodesSchema>;
export type StatementTransaction = z.input<typeof transactionSchema>;
export type StatementLeaf = z.input<typeof leafSchema>;
export type StatementDeduction = z.input<typeof deductionSchema>;
export type StatementSession = z.input<typeof statementSessionSchema>;

/** GET, with the operator's or the reader's token. */
export const statementPath = '/v1/statement';
