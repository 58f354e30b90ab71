import {
  leafNode,
  rootOfOpening,
  type StatementBatch,
  type StatementBatches,
  type StatementNodes,
  type StatementProof,
  type StatementSession,
  startStandard,
  unpackLeaf,
} from '@chroom/protocol/proofs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEther, slice } from 'viem';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;
const price = parseEther('1');
const fullValue = (bytes: bigint) => (bytes * price) >> 30n;

describe('statements', () => {
  let net: SettlementNetwork;
  let settlement: RunningSettlement;
  let settled: string;

  /** Two epochs: the first is settled with one perfect and one bad leaf, the second is submitted. */
  beforeAll(async () => {
    net = await SettlementNetwork.create();
    settlement = await net.start();
    await net.deliver(settlement.url, [net.leaf(1, 1), net.leaf(1, 2, { lossPpm: 55_000, jitterUs: 60_000 })]);
    await net.toEpoch(2);
    await net.mineUntil(() => net.allStaged(1, 'submitted'));
    await net.toTime((await net.chainNow()) + challengeSec);
    await net.mineUntil(async () => Object.values(await net.outboxStates()).filter((s) => s === 'final').length === 3);
    const { items } = await read<StatementBatches>('/batches');
    settled = items[0]!.key;
  }, 180_000);

  afterAll(async () => {
    await settlement?.close();
    await net?.dispose();
  });

  const ask = (path: string, token = 'reader-token-of-specs') =>
    fetch(`${settlement.url}/v1/statement${path}`, { headers: { authorization: `Bearer ${token}` } });
  async function read<T>(path: string): Promise<T> {
    const response = await ask(path);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  it('lists batches with what they paid and the transactions that carry them', async () => {
    expect(await net.deviations()).toEqual(exactlyOnce(1));
    const { items, nextCursor } = await read<StatementBatches>('/batches?stage=settled&limit=1');
    expect(nextCursor).toBeNull();
    const value = fullValue(1_250_000n) + fullValue(1_250_000n) / 4n;
    expect(items[0]).toMatchObject({ stage: 'settled', epoch: 1, leaves: 2, solo: false, note: null });
    expect(Number(items[0]!.value)).toBeCloseTo(Number(value), -2);
    expect(BigInt(items[0]!.paid) + BigInt(items[0]!.fee)).toBe(BigInt(items[0]!.value));
    expect(items[0]!.transactions.map(({ kind, state, versions }) => [kind, state, versions])).toEqual([
      ['submit', 'final', 1],
      ['settle', 'final', 1],
    ]);
    expect(await read<StatementBatches>('/batches?nodeId=999')).toEqual({ items: [], nextCursor: null });
    expect((await read<StatementBatches>(`/batches?cursor=1-${settled}`)).items).toEqual([]);
  });

  it('explains each deduction, and they add up', async () => {
    const batch = await read<StatementBatch>(`/batches/${settled}`);
    const sum = batch.leafDetails!.reduce((total, leaf) => total + BigInt(leaf.value), 0n);
    expect(sum.toString()).toBe(batch.value);
    const bad = batch.leafDetails!.find(({ lossPpm }) => lossPpm > 0)!;
    expect(bad.deductions.map(({ reason, explanation }) => [reason, explanation])).toEqual([
      ['loss', '5.5 % lost; up to 1 % is paid in full, from 10 % on nothing: 50 %'],
      ['jitter', '60 ms jitter; up to 20 ms is paid in full, from 100 ms on nothing: 50 %'],
    ]);
    const taken = bad.deductions.reduce((total, { amount }) => total + BigInt(amount), 0n);
    expect(BigInt(bad.fullValue) - taken).toBe(BigInt(bad.value));
    expect(batch.deductions).toEqual([
      { reason: 'fee', amount: batch.fee, explanation: '5 % of the value go to the network' },
    ]);
  });

  it('proves each leaf up to the root of the header', async () => {
    const { header } = await read<StatementBatch>(`/batches/${settled}`);
    for (const index of [0, 1]) {
      const proof = await read<StatementProof>(`/batches/${settled}/leaves/${index}`);
      const siblings = proof.siblings as `0x${string}`;
      const root = rootOfOpening({
        index,
        node: leafNode(unpackLeaf(proof.leaf as `0x${string}`), startStandard),
        siblings: [
          {
            hash: slice(siblings, 0, 32),
            value: BigInt(slice(siblings, 32, 44)),
            volume: BigInt(slice(siblings, 44, 52)),
            slots: BigInt(slice(siblings, 52, 60)),
          },
        ],
        leftValue: 0n,
      });
      expect([root.hash, root.value.toString()]).toEqual([header.root, header.value]);
    }
  });

  it('leads from a session to its batch', async () => {
    const { leafDetails } = await read<StatementBatch>(`/batches/${settled}`);
    const { session, grant } = leafDetails![0]!;
    const found = await read<StatementSession>(`/sessions/${session}`);
    expect(found).toEqual({
      session,
      items: [
        expect.objectContaining({ grant, batchKey: settled, stage: 'settled', rxBytes: '1000000', txBytes: '250000' }),
      ],
    });
  });

  it('sums up what each node has earned and claimed', async () => {
    const { items } = await read<StatementNodes>('/nodes');
    const [batch] = (await read<StatementBatches>('/batches')).items;
    expect(items).toEqual([
      {
        ...{
          nodeId: String(net.network.nodeId),
          batches: { settled: 1 },
          leaves: 2,
          newestEpoch: 1,
          volume: '2500000',
        },
        ...{ pending: '0', settled: batch!.value, fee: batch!.fee, earned: batch!.paid, accrued: '0', claims: 1 },
      },
    ]);
    const { items: transactions } = await read<{ items: { kind: string }[] }>('/transactions');
    expect(transactions.map(({ kind }) => kind)).toEqual(['claim', 'settle', 'submit']);
  });

  it.each([
    ['no such batch', `/batches/0x${'00'.repeat(32)}`, 404, 'BATCH_UNKNOWN'],
    ['a key that is none', '/batches/0xAB', 400, 'INVALID_ARGUMENT'],
    ['an unknown filter', '/batches?colour=blue', 400, 'INVALID_ARGUMENT'],
    ['a page that is too long', '/batches?limit=201', 400, 'INVALID_ARGUMENT'],
  ])('refuses %s', async (_, path, status, code) => {
    const response = await ask(path);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('refuses another token', async () => {
    const response = await ask('/nodes', 'somebody-elses-token');
    expect(await response.json()).toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('refuses a leaf behind the last one, and the reader where only nodes deliver', async () => {
    expect((await ask(`/batches/${settled}/leaves/2`)).status).toBe(400);
    await expect(net.deliver(settlement.url, [net.leaf(1, 3)], 'reader-token-of-specs')).rejects.toThrow(
      'TOKEN_INVALID',
    );
  });

  it('describes itself', async () => {
    const document = (await (await fetch(`${settlement.url}/docs-json`)).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/statement/nodes', '/v1/statement/batches/{key}/leaves/{index}']),
    );
  });
});
