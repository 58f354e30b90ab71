import { chroomCoreAbi, chroomProofsAbi, readAccrued, readBatch, readStandardAt } from '@chroom/chain';
import { parseWire } from '@chroom/protocol';
import { batchHeaderSchema, hashGrant, type Leaf } from '@chroom/protocol/proofs';
import { assembleBatch, decodeLeafFile } from '@chroom/receipts';
import { type Hex, isAddressEqual } from 'viem';
import type { SettlementNetwork } from './settlement-network.js';

/**
 * What was done exactly once, for so many batches, deviates in nothing.
 * @param foreign transactions that the spec itself sent from settlement's account
 */
export const exactlyOnce = (events: number, foreign = 0): Deviations => ({
  ...{ events, foreign, notOnce: 0, reverted: 0, unmatched: 0, unseen: 0, differing: 0, stuck: 0 },
});

export interface Deviations {
  /** BatchSubmitted events. */
  readonly events: number;
  /** Batches without exactly one such event. */
  readonly notOnce: number;
  /** Transactions of the sender that failed in their block. */
  readonly reverted: number;
  /** Transactions of the sender that no row of the outbox remembers. */
  readonly foreign: number;
  /** Rows that were sent and have not exactly one transaction in the blocks. */
  readonly unmatched: number;
  /** Nonces that the sender has used and that are in no block. */
  readonly unseen: number;
  /** Batches that are not settled for the value that was sealed or whose file is another, and money that is not where it belongs. */
  readonly differing: number;
  /** Rows that wait for something. */
  readonly stuck: number;
}

/** What must hold whatever died, and when: the chain is asked, from its first block of the spec on, and then the memory. */
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
  for (const event of events) if (!(await isOfItsFile(net, event))) differing++;
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

/** What was submitted is what the leaves of the kept file give, bytes, sums and root alike. */
async function isOfItsFile(net: SettlementNetwork, event: Awaited<ReturnType<typeof eventsOf>>[number]) {
  const { rows } = await net.sql.query<{ bytes: Buffer }>('SELECT bytes FROM leaf_file WHERE hash = $1', [event.data]);
  if (!rows[0]) return false;
  const { standard } = await readStandardAt(net.network.chain.client, net.contracts, event.epoch);
  const { header } = assembleBatch(event, decodeLeafFile(rows[0].bytes), standard);
  return (['leaves', 'value', 'volume', 'slots', 'root', 'data'] as const).every(
    (name) => header[name] === event[name],
  );
}

async function countTransactions(net: SettlementNetwork) {
  const { client } = net.network.chain;
  const { rows } = await net.sql.query<{ key: string; state: string; hashes: Hex[] }>(
    `SELECT key, state, ARRAY(SELECT hash FROM outbox_transaction WHERE outbox_key = key) AS hashes FROM outbox`,
  );
  const onChain = await transactionsSince(net);
  let reverted = 0;
  for (const hash of onChain) if ((await client.getTransactionReceipt({ hash })).status !== 'success') reverted++;
  const known = new Set(rows.flatMap(({ hashes }) => hashes));
  const sent = rows.filter(({ hashes }) => hashes.length > 0);
  return {
    reverted,
    foreign: onChain.filter((hash) => !known.has(hash)).length,
    unmatched: sent.filter(({ hashes }) => onChain.filter((hash) => hashes.includes(hash)).length !== 1).length,
    unseen: (await client.getTransactionCount({ address: net.sender })) - net.beginning.nonce - onChain.length,
    stuck: rows.filter(({ state }) => state !== 'final').length,
  };
}

/** Hashes of all that is in the blocks of the sender, whatever anybody remembers. */
async function transactionsSince({ network, beginning, sender }: SettlementNetwork): Promise<Hex[]> {
  const { client } = network.chain;
  const newest = (await client.getBlock()).number;
  const found: Hex[] = [];
  for (let blockNumber = beginning.block + 1n; blockNumber <= newest; blockNumber++) {
    const { transactions } = await client.getBlock({ blockNumber, includeTransactions: true });
    found.push(...transactions.filter(({ from }) => isAddressEqual(from, sender)).map(({ hash }) => hash));
  }
  return found;
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
