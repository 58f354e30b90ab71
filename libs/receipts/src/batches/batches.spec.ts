import { type BatchHeader, hashGrant, type Leaf, type Receipt, startStandard } from '@chroom/protocol/proofs';
import { describe, expect, it } from '@jest/globals';
import type { Hex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { signAsMember } from '../signing/member-signature.js';
import { ProofDigests } from '../signing/proof-digests.js';
import { signLeaf, testKey } from '../testing/index.js';
import { assembleBatch } from './assemble-batch.js';
import { decodeLeafFile, encodeLeafFile, hashLeafFile } from './leaf-file.js';
import { type CosignContext, verifyBatchForCosign } from './verify-batch.js';

const digests = new ProofDigests(31_337, '0x00000000000000000000000000000000c4700001');
const [orchestratorKey, nodeKey] = [testKey('orchestrator'), testKey('node')];
const sign = (session: number, rxBytes = 1_000_000n) =>
  signLeaf({ digests, orchestratorKey, session, receipt: { rxBytes } });
const leaves = [3, 1, 2].map((session) => sign(session));
const batch = assembleBatch({ nodeId: 1n, orchId: 2n, epoch: 0 }, leaves, startStandard);
const own = new Map(leaves.map((leaf) => [hashGrant(leaf.grant), leaf]));
const context: CosignContext = {
  digests,
  clock: { startSec: 1_000_000, slotSec: 1 },
  standard: startStandard,
  orchId: 2n,
  keysAt: () => ({ orchestrator: privateKeyToAddress(orchestratorKey), isOtherNode: () => false }),
  nodeSigner: privateKeyToAddress(nodeKey),
  ownReceipt: (hash) => own.get(hash),
};
const judge = (
  changedHeader: Partial<BatchHeader> = {},
  judged = batch.leaves,
  changed: Partial<CosignContext> = {},
) => {
  const header = { ...batch.header, ...changedHeader };
  const verdict = verifyBatchForCosign(judged, header, signAsMember(nodeKey, digests.header(header)), {
    ...context,
    ...changed,
  });
  return verdict.ok ? 'ok' : verdict.leaf === undefined ? verdict.fault : `${verdict.fault} ${verdict.leaf}`;
};

describe('a leaf file', () => {
  it('comes back as the leaves it was made of, and its hash is the header’s data', () => {
    expect(decodeLeafFile(batch.leafFile)).toEqual(batch.leaves);
    expect(hashLeafFile(encodeLeafFile(batch.leaves))).toBe(batch.header.data);
  });

  it('is refused when it is empty or cut', () => {
    expect(() => decodeLeafFile(batch.leafFile.subarray(1))).toThrow('expected packed leaves of 358 bytes, got 1073');
    expect(() => decodeLeafFile(Buffer.alloc(0))).toThrow('got 0');
  });
});

describe('verifyBatchForCosign', () => {
  it('accepts what the node assembled, in the order of the grants', () => {
    expect(judge()).toBe('ok');
  });

  it.each([
    ['value', { value: batch.header.value + 1n }],
    ['volume', { volume: batch.header.volume - 1n }],
    ['slots', { slots: 0n }],
    ['number of leaves', { leaves: 4 }],
    ['root', { root: testKey('root') }],
    ['data', { data: testKey('data') }],
  ])('refuses a header with another %s', (_, changed) => {
    expect(judge(changed)).toBe('Header');
  });

  it('refuses batches of others and towards others', () => {
    expect(judge({ orchId: 3n })).toBe('Orch');
    expect(judge({ nodeId: 9n })).toBe('Node 0');
    expect(judge({}, batch.leaves, { nodeSigner: privateKeyToAddress(testKey('other')) })).toBe('NodeSig');
  });

  it('names the leaf that is at fault', () => {
    const [first, second, third] = batch.leaves as [(typeof leaves)[0], (typeof leaves)[0], (typeof leaves)[0]];
    expect(judge({}, [second, first, third])).toBe('Order 1');
    expect(judge({}, [first, second, second])).toBe('Duplicate 2');
    const forgotten = (hash: Hex) => (hash === hashGrant(second.grant) ? undefined : own.get(hash));
    expect(judge({}, batch.leaves, { ownReceipt: forgotten })).toBe('GrantUnknown 1');
    const forged = { ...third, receipt: { ...third.receipt, seq: 0, txBytes: 1n } };
    expect(judge({}, [first, second, forged])).toBe('ReceiptSig 2');
  });

  it('refuses a receipt that the orchestrator has not signed itself, whatever its signature is worth', () => {
    const [first, second] = batch.leaves as [Leaf, Leaf];
    const session = Number(BigInt(second.grant.sessionId));
    const stolen = (receipt: Partial<Receipt>) => signLeaf({ digests, orchestratorKey, session, receipt });
    expect(judge({}, [first, stolen({ seq: 2, rxBytes: 2_000_000n })])).toBe('ReceiptUnknown 1');
    expect(judge({}, [first, stolen({ seq: 1, rxBytes: 2_000_000n })])).toBe('ReceiptUnknown 1');
    expect(judge({}, [first, stolen({ seq: 0, rxBytes: 2_000_000n })])).toBe('ReceiptUnknown 1');
    expect(judge({}, [first, stolen({ seq: 0, rxBytes: 1_000n })])).toBe('Header');
  });
});
