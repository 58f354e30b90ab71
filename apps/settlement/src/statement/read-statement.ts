import { ChroomError, encodeWire, type Hex } from '@chroom/protocol';
import {
  batchHeaderSchema,
  type Leaf,
  leafNode,
  noClientPublicKey,
  packLeaf,
  packNode,
  type Standard,
  type StatementBatch,
  type StatementBatches,
  type StatementLeaf,
  type StatementProof,
  SumTree,
} from '@chroom/protocol/proofs';
import { decodeLeafFile } from '@chroom/receipts';
import type { DataSource } from 'typeorm';
import { concat } from 'viem';
import type { EpochRules, SettlementChain } from '../chain/settlement-chain.js';
import { type BatchRow, type BatchStage, findBatches, newestBatches } from '../storage/batch-store.js';
import { findLeafFile } from '../storage/leaf-file-store.js';
import { explainFee, explainLeaf } from './deductions.js';
import { transactionsOfBatches } from './statement-rows.js';

export interface BatchFilter {
  readonly nodeId?: bigint;
  readonly stage?: BatchStage;
  readonly limit: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
}

/** Batches and their leaves as an operator reads them. Reads, explains, changes nothing. */
export class ReadStatement {
  constructor(
    private readonly database: DataSource,
    private readonly chain: SettlementChain,
  ) {}

  /** Newest epoch first. */
  async batches({ limit, ...filter }: BatchFilter): Promise<StatementBatches> {
    const rows = await newestBatches(this.database, { ...filter, most: limit + 1 });
    const page = rows.slice(0, limit);
    const transactions = await transactionsOfBatches(
      this.database,
      page.map(({ key }) => key),
    );
    const items = await Promise.all(page.map((row) => this.summary(row, transactions.get(row.key) ?? [])));
    const last = page.at(-1);
    return { items, nextCursor: rows.length > limit && last ? `${last.header.epoch}-${last.key}` : null };
  }

  /** @throws ChroomError BATCH_UNKNOWN */
  async batch(key: Hex): Promise<StatementBatch> {
    const row = await this.find(key);
    const transactions = (await transactionsOfBatches(this.database, [key])).get(key) ?? [];
    const { standard, feeBps } = await this.chain.rulesAt(row.header.epoch);
    const leaves = await this.leaves(row);
    return {
      ...(await this.summary(row, transactions)),
      header: encodeWire(batchHeaderSchema, row.header),
      headerHash: row.headerHash,
      deductions: explainFee(row.header.value, feeBps).deductions,
      leafDetails: leaves?.map((leaf, index) => describeLeaf(leaf, index, standard)) ?? null,
    };
  }

  /** @throws ChroomError BATCH_UNKNOWN, LEAF_FILE_UNKNOWN a day after the settlement, INVALID_ARGUMENT behind the last leaf */
  async proof(key: Hex, index: number): Promise<StatementProof> {
    const row = await this.find(key);
    const leaves = await this.leaves(row);
    if (!leaves) throw new ChroomError('LEAF_FILE_UNKNOWN', `the leaf file ${row.header.data} is not kept any more`);
    const { standard } = await this.chain.rulesAt(row.header.epoch);
    const { siblings } = new SumTree(leaves.map((leaf) => leafNode(leaf, standard))).open(index);
    return { key, index, leaf: packLeaf(leaves[index]!), siblings: concat(siblings.map(packNode)) };
  }

  private async find(key: Hex): Promise<BatchRow> {
    const [row] = await findBatches(this.database, [key]);
    if (row) return row;
    throw new ChroomError('BATCH_UNKNOWN', `there is no batch ${key} of this operator`);
  }

  private async leaves({ header }: BatchRow): Promise<Leaf[] | undefined> {
    const bytes = await findLeafFile(this.database, header.data);
    return bytes && decodeLeafFile(bytes);
  }

  private async summary(row: BatchRow, transactions: StatementBatches['items'][number]['transactions']) {
    const { nodeId, orchId, epoch, leaves, value, volume, slots } = row.header;
    const { feeBps }: EpochRules = await this.chain.rulesAt(epoch);
    const { fee, paid } = explainFee(value, feeBps);
    return {
      ...{ key: row.key, nodeId: `${nodeId}`, orchId: `${orchId}`, epoch, stage: row.stage, leaves },
      ...{ value: `${value}`, paid: `${paid}`, fee: `${fee}`, volume: `${volume}`, slots: `${slots}` },
      ...{ solo: row.solo, note: row.note ?? null, sealedAt: row.sealedAt.toISOString() },
      transactions,
    };
  }
}

function describeLeaf(leaf: Leaf, index: number, standard: Standard): StatementLeaf {
  const { grant, receipt } = leaf;
  const { fullValue, value, deductions } = explainLeaf(leaf, standard);
  const { seq, activeSec, lossPpm, jitterUs, rttUs } = receipt;
  return {
    ...{ index, grant: receipt.grant, session: grant.sessionId },
    witness: leaf.clientPublicKey === noClientPublicKey ? 'account' : 'client',
    ...{ seq, activeSec, rxBytes: `${receipt.rxBytes}`, txBytes: `${receipt.txBytes}`, lossPpm, jitterUs, rttUs },
    ...{ fullValue: `${fullValue}`, value: `${value}`, deductions },
  };
}
