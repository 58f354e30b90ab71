import { readAccrued, readBatch } from '@chroom/chain';
import { batchKey, hashGrant, type Leaf } from '@chroom/protocol/proofs';
import { decodeLeafFile, hashLeafFile } from '@chroom/receipts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEther } from 'viem';
import type { RunningSettlement } from './start-settlement.js';
import { exactlyOnce } from './testing/exactly-once.js';
import { SettlementNetwork } from './testing/settlement-network.js';

const challengeSec = 48 * 3600;
/** Of a packed leaf: behind a grant of 118 bytes, the last byte of the receipt's 48. */
const rttLowByte = 118 + 47;

describe('settlement, from receipts to money', () => {
  let it_: SettlementNetwork;
  let settlement: RunningSettlement;

  beforeAll(async () => {
    it_ = await SettlementNetwork.create();
    settlement = await it_.start();
  }, 60_000);

  afterAll(async () => {
    await settlement?.close();
    await it_?.dispose();
  });

  it('keeps the highest receipt of each grant and refuses what is not valid, by name', async () => {
    const first = it_.leaf(1, 1, { seq: 1 });
    const second = it_.leaf(1, 1, { seq: 2, rxBytes: 1_100_000n });
    const other = it_.leaf(1, 2, { seq: 1 });
    expect(await it_.deliver(settlement.url, [first, second, other])).toEqual({ kept: 3, known: 0, refused: [] });
    expect(await it_.deliver(settlement.url, [first, second])).toEqual({ kept: 0, known: 2, refused: [] });
    const back = it_.leaf(1, 1, { seq: 3, rxBytes: 5n });
    const forged = { ...other, receipt: { ...other.receipt, seq: 2 } };
    const future = it_.leaf(2, 1);
    const foreign = { ...other, grant: { ...other.grant, nodeId: 77n } };
    const { kept, refused } = await it_.deliver(settlement.url, [back, forged, future, foreign]);
    expect([kept, refused.map(({ index, code }) => `${index} ${code}`)]).toEqual([
      0,
      ['0 COUNTERS_BACK', '1 ReceiptSig', '2 Epoch', '3 Node'],
    ]);
    await expect(it_.deliver(settlement.url, [first], 'another-token-of-length')).rejects.toThrow('TOKEN_INVALID');
  });

  it('refuses receipts of another session, whoever witnessed both', async () => {
    const [client, orchestrator] = [it_.leaf(1, 1), it_.leaf(1, 2)];
    const under = (grantOf: Leaf, { receipt, receiptSignature }: Leaf) => ({
      ...grantOf,
      receipt: { ...receipt, grant: hashGrant(grantOf.grant) },
      receiptSignature,
    });
    const anothers = it_.leaf(1, 5);
    const delivered = [
      under(orchestrator, client),
      under(anothers, client),
      { ...under(anothers, client), clientPublicKey: client.clientPublicKey },
      // One key witnesses both sessions, so that nothing but the grant in the receipt tells them apart.
      under(it_.leaf(1, 4), orchestrator),
    ];
    const { kept, refused } = await it_.deliver(settlement.url, delivered);
    expect([kept, refused.map(({ index, code }) => `${index} ${code}`)]).toEqual([
      0,
      ['0 ReceiptSig', '1 ReceiptSig', '2 Witness', '3 ReceiptSig'],
    ]);
  });

  it('refuses a number that was used for other counters, and keeps the newer receipt when an older one comes after it', async () => {
    const reused = it_.leaf(1, 1, { seq: 2, rxBytes: 1_200_000n });
    expect(await it_.deliver(settlement.url, [reused])).toEqual({
      kept: 0,
      known: 0,
      refused: [expect.objectContaining({ index: 0, code: 'SEQUENCE_REUSED' })],
    });
    const older = it_.leaf(1, 1, { seq: 1 });
    expect(await it_.deliver(settlement.url, [older])).toEqual({ kept: 0, known: 1, refused: [] });
    const { rows } = await it_.sql.query<{ seq: string }>('SELECT seq FROM kept_receipt ORDER BY seq');
    expect(rows.map(({ seq }) => Number(seq))).toEqual([1, 2]);
  });

  it('seals, has it co-signed, submits, settles and claims', async () => {
    const { nodeId, orchId, chain, contracts } = it_.network;
    await it_.toEpoch(2);
    await it_.mineUntil(() => it_.allStaged(1, 'submitted'));
    const key = batchKey(nodeId, orchId, 1);
    const submitted = await readBatch(chain.client, contracts, key);
    expect(submitted).toMatchObject({ state: 'submitted', solo: false });

    await it_.toTime((await it_.chainNow()) + challengeSec);
    await it_.mineUntil(async () => (await it_.outboxStates())[`claim-${nodeId}-0`] === 'final');
    expect(await it_.stages()).toEqual(['settled']);
    expect(await it_.outboxStates()).toEqual({
      [`submit-${key}`]: 'final',
      [`settle-${nodeId}-0`]: 'final',
      [`claim-${nodeId}-0`]: 'final',
    });
    expect(await readAccrued(chain.client, contracts, nodeId)).toBe(0n);
    const price = parseEther('1');
    // Two sessions with 1 350 000 and 1 250 000 bytes at one token a GiB.
    const value = ((1_350_000n * price) >> 30n) + ((1_250_000n * price) >> 30n);
    expect((await readBatch(chain.client, contracts, key))?.value).toBe(value);
    expect(await it_.deviations()).toEqual(exactlyOnce(1));
  }, 60_000);

  it('serves the leaf file by its hash, and nothing else', async () => {
    const { rows } = await it_.sql.query<{ header: { data: string } }>('SELECT header FROM batch');
    const response = await fetch(`${settlement.url}/v1/leaf-files/${rows[0]!.header.data}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect([response.status, hashLeafFile(bytes)]).toEqual([200, rows[0]!.header.data]);
    expect(
      decodeLeafFile(bytes)
        .map((leaf) => leaf.receipt.seq)
        .sort(),
    ).toEqual([1, 2]);
    const missing = await fetch(`${settlement.url}/v1/leaf-files/0x${'00'.repeat(32)}`);
    expect([missing.status, ((await missing.json()) as { code: string }).code]).toEqual([404, 'LEAF_FILE_UNKNOWN']);
  });

  it('serves leaf files to one address at a bounded rate', async () => {
    const ask = async () => (await fetch(`${settlement.url}/v1/leaf-files/0x${'00'.repeat(32)}`)).status;
    const statuses = await Promise.all(Array.from({ length: 110 }, ask));
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
    it_.nowMs += 10_000;
    expect(await ask()).toBe(404);
  });

  it('refuses receipts of an epoch that is sealed', async () => {
    const late = await it_.deliver(settlement.url, [it_.leaf(1, 3)]);
    expect(late).toMatchObject({ kept: 0, refused: [{ code: 'EPOCH_SEALED' }] });
  });

  it('logs what it did and none of its keys', () => {
    expect(it_.log.some((line) => line.includes('transaction final'))).toBe(true);
    expect(it_.linesWithKeys()).toEqual([]);
  });

  it('refuses a second process with the same key', async () => {
    await expect(it_.start()).rejects.toMatchObject({ code: 'SIGNER_IN_USE' });
  });

  it('is found to differ when its memory loses a transaction or its leaf file changes', async () => {
    await it_.sql.query("DELETE FROM outbox_transaction WHERE outbox_key LIKE 'claim-%'");
    expect(await it_.deviations()).toEqual({ ...exactlyOnce(1), foreign: 1 });
    // A byte of the first leaf's round trip time, which changes no sum.
    await it_.sql.query('UPDATE leaf_file SET bytes = set_byte(bytes, $1, 255 - get_byte(bytes, $1))', [rttLowByte]);
    expect(await it_.deviations()).toEqual({ ...exactlyOnce(1), foreign: 1, differing: 1 });
  });

  it('refuses another chain than the one that is set', async () => {
    await expect(
      it_.start({}, { chainId: 5, databaseUrl: it_.database.url, senderKey: it_.network.orchKey }),
    ).rejects.toMatchObject({
      code: 'CHAIN_WRONG',
    });
  });
});

describe('settlement without its orchestrator', () => {
  let it_: SettlementNetwork;
  let settlement: RunningSettlement;

  beforeAll(async () => {
    it_ = await SettlementNetwork.create();
  }, 60_000);

  afterEach(() => settlement?.close());
  afterAll(() => it_?.dispose());

  it('waits for a co-signer that refuses, and goes alone an hour before the deadline', async () => {
    const { nodeId, orchId, chain, contracts } = it_.network;
    it_.orchestrator.mood = 'refuses';
    settlement = await it_.start();
    await it_.deliver(settlement.url, [it_.leaf(1, 1)]);
    await it_.toEpoch(2);
    await it_.mineUntil(async () => {
      const { rows } = await it_.sql.query('SELECT 1 FROM batch WHERE cosign_attempts > 0');
      return rows.length > 0;
    });
    expect(await it_.outboxStates()).toEqual({});
    await it_.toTime(it_.nowMs / 1000 + 11 * 3600);
    await it_.mineUntil(() => it_.allStaged(1, 'submitted'));
    expect(await readBatch(chain.client, contracts, batchKey(nodeId, orchId, 1))).toMatchObject({ solo: true });
  }, 60_000);
});
