import type { StatementBatch, StatementBatches, StatementNodes } from '@chroom/protocol/proofs';
import type { TestNetwork } from './test-network';

/** The newest receipt of one grant in one epoch. */
export interface PaidReceipt {
  readonly name: string;
  readonly grant: string;
  readonly epoch: number;
  readonly seq: number;
  readonly activeSec: number;
  readonly value: bigint;
}

interface Page<Item> {
  readonly items: readonly Item[];
}
interface RecordedReceipt {
  readonly grantHash: string;
  readonly epoch: string;
  readonly seq: string;
  readonly activeSec: number;
  readonly value: string | null;
  readonly refusalCode: string | null;
}

/** Every grant of the network's orchestrator. */
export async function grantsOf(network: TestNetwork) {
  type Grant = { grantHash: string; issuedAt: string; endedAt: string | null };
  const { items } = await network.admin<Page<Grant>>('/payments/grants?limit=100');
  return items.map(({ grantHash, issuedAt, endedAt }) => ({
    hash: grantHash,
    issuedAtMs: Date.parse(issuedAt),
    isOver: endedAt !== null,
  }));
}

/**
 * What the orchestrator has signed for, by its own record. `isLate`: the epoch was sealed before, with an earlier receipt
 * of the same grant.
 */
export async function recordedReceipts(network: TestNetwork): Promise<(PaidReceipt & { isLate: boolean })[]> {
  const { items } = await network.admin<Page<RecordedReceipt>>('/payments/receipts?limit=100');
  return items.map(({ grantHash, epoch, seq, activeSec, value, refusalCode }) => ({
    ...named({ grant: grantHash, epoch: Number(epoch), seq: Number(seq), activeSec, value: BigInt(value ?? -1) }),
    isLate: refusalCode === 'EPOCH_SEALED',
  }));
}

/** What is in the batches that the chain has settled, by the operator's statement; and what the batches claim together. */
export async function settledReceipts(
  network: TestNetwork,
): Promise<{ receipts: PaidReceipt[]; valueOfBatches: bigint }> {
  const { items } = await statement<StatementBatches>(network, 'batches');
  const keys = items.filter(({ stage }) => stage === 'settled').map(({ key }) => key);
  const batches = await Promise.all(keys.map((key) => statement<StatementBatch>(network, `batches/${key}`)));
  const receipts = batches.flatMap(({ epoch, leafDetails }) =>
    (leafDetails ?? []).map(({ grant, seq, activeSec, value }) =>
      named({ grant, epoch, seq, activeSec, value: BigInt(value) }),
    ),
  );
  return { receipts, valueOfBatches: batches.reduce((sum, { value }) => sum + BigInt(value), 0n) };
}

/** What all nodes have earned, before the fee of the network. */
export async function settledOfNodes(network: TestNetwork): Promise<bigint> {
  const { items } = await statement<StatementNodes>(network, 'nodes');
  return items.reduce((sum, { settled }) => sum + BigInt(settled), 0n);
}

/** As the console hands it on. */
async function statement<T>({ ready }: TestNetwork, path: string): Promise<T> {
  const response = await fetch(`${ready.consoleUrl}/api/statement/${path}`);
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function named(receipt: Omit<PaidReceipt, 'name'>): PaidReceipt {
  return { ...receipt, name: `${receipt.grant} in epoch ${receipt.epoch}` };
}
