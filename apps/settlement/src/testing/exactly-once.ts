import { chroomCoreAbi, chroomProofsAbi, readAccrued, readBatch } from '@chroom/chain';
import { parseWire } from '@chroom/protocol';
import { batchHeaderSchema, hashGrant, type Leaf } from '@chroom/protocol/proofs';
import { decodeLeafFile } from '@chroom/receipts';
import type { Hex } from 'viem';
import type { SettlementNetwork } from './settlement-network.js';

/** What was done exactly once, for so many batches, deviates in nothing. */
export const exactlyOnce = (events: number): Deviations => ({
  ...{ events, notOnce: 0, reverted: 0, gaps: 0, differing: 0, stuck: 0 },
});

export interface Deviations {
  /** BatchSubmitted events. */
  readonly events: number;
  /** Batches without exactly one such event. */
  readonly notOnce: number;
  /** Transactions of the outbox that are not in a block, or failed there. */
  readonly reverted: number;
  /** Missing nonces between the first and the last. */
  readonly gaps: number;
  /** Batches that are not settled for the value that was sealed, and money that is not where it belongs. */
  readonly differing: number;
  /** Rows that wait for something. */
  readonly stuck: number;
}

/** What must hold whatever died, and when. */
export async function countDeviations(net: SettlementNetwork): Promise<Deviations> {
  const events = await eventsOf(net, 'BatchSubmitted');
  const names = events.map(({ nodeId, orchId, epoch }) => `${nodeId} ${orchId} ${epoch}`);
  const { rows: batches } = await net.sql.query<{ key: Hex; header: unknown }>('SELECT key, header FROM batch');
  let [notOnce, differing, paid] = [0, 0, 0n];
  for (const { key, header } of batches) {
    const { nodeId, orchId, epoch, value } = parseWire(batchHeaderSchema, header, 'header');
    if (names.filter((name) => name === `${nodeId} ${orchId} ${epoch}`).length !== 1) notOnce++;
    const found = await readBatch(net.network.chain.client, net.contracts, key);
    if (found?.state !== 'settled' || found.value !== value) differing++;
    paid += value - (value * feeBps) / fullBps;
  }
  if (paid !== (await earned(net))) differing++;
  return { events: events.length, notOnce, differing, ...(await countTransactions(net)) };
}

const feeBps = 500n;
const fullBps = 10_000n;

/** What the node has claimed, and what it still can. */
async function earned(net: SettlementNetwork): Promise<bigint> {
  const claims = await net.network.chain.client.getContractEvents({
    address: net.contracts.core,
    abi: chroomCoreAbi,
    eventName: 'Claimed',
    fromBlock: 0n,
    strict: true,
  });
  const accrued = await readAccrued(net.network.chain.client, net.contracts, net.network.nodeId);
  return claims.reduce((sum, { args }) => sum + args.amount, accrued);
}

async function eventsOf(net: SettlementNetwork, eventName: 'BatchSubmitted') {
  const events = await net.network.chain.client.getContractEvents({
    address: net.contracts.proofs,
    abi: chroomProofsAbi,
    eventName,
    fromBlock: 0n,
    strict: true,
  });
  return events.map(({ args }) => args);
}

async function countTransactions(net: SettlementNetwork) {
  const { rows } = await net.sql.query<{ nonce: string | null; mined_hash: Hex | null; state: string }>(
    'SELECT nonce, mined_hash, state FROM outbox ORDER BY nonce NULLS LAST',
  );
  let reverted = 0;
  for (const { mined_hash: hash } of rows.filter(({ nonce }) => nonce !== null)) {
    const receipt = hash && (await net.network.chain.client.getTransactionReceipt({ hash }).catch(() => null));
    if (receipt?.status !== 'success') reverted++;
  }
  const nonces = rows.filter(({ nonce }) => nonce !== null).map(({ nonce }) => Number(nonce));
  const gaps = nonces.filter((nonce, index) => nonce !== nonces[0]! + index).length;
  return { reverted, gaps, stuck: rows.filter(({ state }) => state !== 'final').length };
}

/** Receipts whose keeping was acknowledged, and that are neither in the batch of their epoch nor superseded there. */
export async function lostReceipts(net: SettlementNetwork, acknowledged: readonly Leaf[]): Promise<string[]> {
  const { rows } = await net.sql.query<{ bytes: Buffer }>('SELECT bytes FROM leaf_file');
  const newest = new Map<string, number>();
  for (const { bytes } of rows) {
    for (const leaf of decodeLeafFile(bytes)) newest.set(nameOf(leaf), leaf.receipt.seq);
  }
  return acknowledged
    .filter((leaf) => !((newest.get(nameOf(leaf)) ?? -1) >= leaf.receipt.seq))
    .map((leaf) => `${nameOf(leaf)} seq ${leaf.receipt.seq}`);
}

function nameOf({ grant, receipt }: Leaf): string {
  return `${hashGrant(grant)} in epoch ${receipt.epoch}`;
}
