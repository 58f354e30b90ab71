import { createHash } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import {
  bytesToHex,
  type Hex,
  hashTypedData,
  hexToBytes,
  keccak256,
  numberToHex,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from 'viem';
import { privateKeyToAccount, sign } from 'viem/accounts';
import { auditSeed, auditTarget, isPickedForAudit } from './audit.js';
import { type BatchHeader, batchKey, hashBatchHeader } from './batch.js';
import { clientKeyOfSigner, type Grant, hashGrant } from './grant.js';
import { hashLeaf, type Leaf, leafNode, noClientPublicKey, packLeaf } from './leaf.js';
import { hashReceipt, type Receipt, receiptVolume } from './receipt.js';
import { qualityBps, startStandard } from './standard.js';
import { type SumNode } from './sum-node.js';
import { SumTree } from './sum-tree.js';
import { proofsDomain, proofTypes } from './typed-data.js';
import { isOverCap, receiptValue } from './value.js';

const chainId = 31_337;
const proofs: Hex = '0x00000000000000000000000000000000c4700001';
const domain = proofsDomain(chainId, proofs);
const epoch = 7;

/** Keys of the vectors: nobody else's, and public by being here. */
const key = (name: string): Hex => keccak256(`0x${Buffer.from(`chroom vector ${name}`).toString('hex')}`);
const number = (name: string, index: number, below: bigint): bigint => BigInt(key(`${name} ${index}`)) % below;

/** Everything that all implementations must agree on, made from fixed seeds; `vectors/proofs.json` is its committed form. */
export async function makeGoldenVectors() {
  const leaves = (await Promise.all(Array.from({ length: 5 }, (_, index) => makeLeaf(index)))).sort((a, b) =>
    hashGrant(a.grant) < hashGrant(b.grant) ? -1 : 1,
  );
  const { lossGoodPpm, lossMaxPpm, jitterGoodUs, jitterMaxUs } = startStandard;
  const trees = [...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33].map((size) => makeTree(size)), makeTree(6, 3n)];
  const nodes = leaves.map((leaf) => leafNode(leaf, startStandard));
  return {
    domain: { chainId, proofs },
    standard: startStandard,
    signers: {
      orchestrator: privateKeyToAccount(key('orchestrator')).address,
      node: privateKeyToAccount(key('node')).address,
    },
    quality: [...makeQuality(lossGoodPpm, lossMaxPpm), ...makeQuality(jitterGoodUs, jitterMaxUs)],
    leaves: leaves.map((leaf, index) => ({
      ...leaf,
      grantHash: hashGrant(leaf.grant),
      grantDigest: hashTypedData({ domain, types: proofTypes, primaryType: 'Grant', message: { ...leaf.grant } }),
      receiptHash: hashReceipt(leaf.receipt),
      receiptDigest: hashTypedData({ domain, types: proofTypes, primaryType: 'Receipt', message: { ...leaf.receipt } }),
      packed: packLeaf(leaf),
      leafHash: hashLeaf(leaf),
      value: receiptValue(leaf.grant, leaf.receipt, startStandard),
      node: nodes[index],
    })),
    caps: await makeCaps(),
    trees,
    headers: await Promise.all([1, 2, 3].map((index) => makeHeader(index))),
    // Many leaves, an odd number of them, and small values: targets on every edge, leaves that no target can hit.
    audits: [12, 13, 14].map((tree, index) => makeAudit(index, tree, trees[tree]!.leaves)),
  };
}

/** Both sides of both ends of q(x), its middle and the widest number. */
function makeQuality(good: number, max: number) {
  return [0, good - 1, good, good + 1, (good + max) / 2, max - 1, max, 2 ** 32 - 1].map((measured) => ({
    measured,
    good,
    max,
    bps: qualityBps(measured, good, max),
  }));
}

/** Leaves at and above what a leaf may be worth and count; the last needs 131 bits for its value. */
async function makeCaps() {
  const [perfect, free] = [{ lossPpm: 0, jitterUs: 0 }, { pricePerGiB: 0n }];
  const [pricePerGiB, rxBytes, txBytes] = [10n ** 15n, 1n << 30n, 1n << 29n];
  const value = (3n * pricePerGiB) / 2n;
  const widest = (1n << 64n) - 1n;
  const leaves = await Promise.all([
    makeLeaf(5, { pricePerGiB, maxValue: value }, { ...perfect, rxBytes, txBytes }),
    makeLeaf(6, { pricePerGiB, maxValue: value - 1n }, { ...perfect, rxBytes, txBytes }),
    makeLeaf(7, free, { rxBytes: (1n << 63n) - 1n, txBytes: 1n }),
    makeLeaf(8, free, { rxBytes: 1n << 63n, txBytes: 1n }),
    makeLeaf(
      9,
      { pricePerGiB: (1n << 96n) - 1n, maxValue: (1n << 96n) - 1n },
      { ...perfect, rxBytes: widest, txBytes: widest },
    ),
  ]);
  return leaves.map((leaf) => ({
    packed: packLeaf(leaf),
    value: receiptValue(leaf.grant, leaf.receipt, startStandard),
    volume: receiptVolume(leaf.receipt),
    isOverCap: isOverCap(leaf.grant, leaf.receipt, startStandard),
  }));
}

async function makeLeaf(index: number, terms: Partial<Grant> = {}, counters: Partial<Receipt> = {}): Promise<Leaf> {
  const classOne = index % 2 === 0;
  const clientPrivate = hexToBytes(key(`client ${index}`));
  const publicKey = p256.getPublicKey(clientPrivate, false).slice(1);
  const grant: Grant = {
    sessionId: key(`session ${index}`),
    nodeId: 2n,
    orchId: 1n,
    clientKey: classOne ? keccak256(publicKey) : clientKeyOfSigner(privateKeyToAccount(key('orchestrator')).address),
    notBefore: 1_700_000_000 + index,
    notAfter: 1_700_003_600 + index,
    maxKbps: 20_000,
    pricePerGiB: 10n ** 15n + number('price', index, 10n ** 12n),
    maxValue: 10n ** 17n,
    ...terms,
  };
  const receipt: Receipt = {
    grant: hashGrant(grant),
    epoch,
    seq: 6 + index,
    activeSec: index === 3 ? 0 : 60,
    slots: number('slots', index, 1n << 64n),
    rxBytes: number('rx', index, 1n << 26n),
    txBytes: number('tx', index, 1n << 26n),
    lossPpm: Number(number('loss', index, 120_000n)),
    jitterUs: Number(number('jitter', index, 120_000n)),
    rttUs: Number(number('rtt', index, 300_000n)),
    ...counters,
  };
  const receiptDigest = hashTypedData({ domain, types: proofTypes, primaryType: 'Receipt', message: { ...receipt } });
  return {
    grant,
    receipt,
    grantSignature: await compactSignature(
      key('orchestrator'),
      hashTypedData({ domain, types: proofTypes, primaryType: 'Grant', message: { ...grant } }),
    ),
    clientPublicKey: classOne ? bytesToHex(publicKey) : noClientPublicKey,
    receiptSignature: classOne
      ? bytesToHex(
          p256
            .sign(createHash('sha256').update(hexToBytes(receiptDigest)).digest(), clientPrivate, { prehash: false })
            .toCompactRawBytes(),
        )
      : await compactSignature(key('orchestrator'), receiptDigest),
  };
}

async function compactSignature(privateKey: Hex, hash: Hex): Promise<Hex> {
  const signature = await sign({ hash, privateKey, to: 'hex' });
  return serializeCompactSignature(signatureToCompactSignature(parseSignature(signature)));
}

function makeTree(size: number, valuesBelow = 1n << 60n) {
  const leaves: SumNode[] = Array.from({ length: size }, (_, index) => ({
    hash: key(`tree ${size} ${index}`),
    value: number(`value ${size}`, index, valuesBelow),
    volume: number(`volume ${size}`, index, 1n << 40n),
    slots: number(`slots ${size}`, index, 1n << 64n),
  }));
  const tree = new SumTree(leaves);
  const opened = [...new Set([0, Math.floor(size / 2), size - 1])].map((index) => tree.open(index));
  return { leaves, depth: tree.depth, root: tree.root, openings: opened };
}

async function makeHeader(index: number) {
  const header: BatchHeader = {
    nodeId: BigInt(index),
    orchId: 1n,
    epoch: epoch + index,
    leaves: index * 3,
    value: number('header value', index, 1n << 80n),
    volume: number('header volume', index, 1n << 60n),
    slots: number('header slots', index, 1n << 64n),
    root: key(`root ${index}`),
    data: key(`data ${index}`),
  };
  const digest = hashTypedData({ domain, types: proofTypes, primaryType: 'BatchHeader', message: { ...header } });
  return {
    ...header,
    key: batchKey(header.nodeId, header.orchId, header.epoch),
    hash: hashBatchHeader(header),
    digest,
    nodeSignature: await compactSignature(key('node'), digest),
    orchSignature: await compactSignature(key('orchestrator'), digest),
  };
}

/** @param tree position in `trees` of the batch that is audited */
function makeAudit(index: number, tree: number, leaves: readonly SumNode[]) {
  const beacon = key(`beacon ${index}`);
  const batch = batchKey(2n, 1n, epoch + index);
  const batchTree = new SumTree(leaves);
  const { value } = batchTree.root;
  const seed = auditSeed(beacon, batch);
  const targets = Array.from({ length: 8 }, (_, target) => auditTarget(seed, target, value));
  return {
    beacon,
    key: batch,
    value,
    seed,
    tree,
    targets,
    targetLeaves: targets.map((target) => batchTree.indexOfValue(target)),
    pickedAt: { bps1000: isPickedForAudit(seed, 1000), bps9000: isPickedForAudit(seed, 9000) },
    firstTargetHex: numberToHex(auditTarget(seed, 0, value), { size: 32 }),
  };
}

/** JSON text of the vectors: bigints as decimal strings. */
export function vectorsToJson(vectors: unknown): string {
  return `${JSON.stringify(vectors, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2)}\n`;
}
