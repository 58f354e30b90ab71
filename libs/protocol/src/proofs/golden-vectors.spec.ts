import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { recoverAddress } from 'viem';
import { makeGoldenVectors, vectorsToJson } from './golden-vectors.js';
import { type Leaf, unpackLeaf } from './leaf.js';
import { emptyNode, parentNode } from './sum-node.js';
import { rootOfOpening, SumTree } from './sum-tree.js';

const file = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../vectors/proofs.json');

describe('the golden vectors of the proof pipeline', () => {
  it('are what the code gives (CHROOM_WRITE_VECTORS=1 writes them anew)', async () => {
    const text = vectorsToJson(await makeGoldenVectors());
    if (process.env.CHROOM_WRITE_VECTORS === '1') writeFileSync(file, text);
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it('unpack to the leaf they were packed from', async () => {
    const { leaves } = await makeGoldenVectors();
    for (const { grant, receipt, grantSignature, clientPublicKey, receiptSignature, packed } of leaves) {
      const leaf: Leaf = { grant, receipt, grantSignature, clientPublicKey, receiptSignature };
      expect(packed).toHaveLength(2 + 2 * 358);
      expect(unpackLeaf(packed)).toEqual(leaf);
    }
  });

  it('have leaves at and above what a leaf may be worth and count', async () => {
    const { caps } = await makeGoldenVectors();
    expect(caps.map((cap) => cap.isOverCap)).toEqual([false, true, false, true, true]);
    expect(caps.map(({ volume }) => volume - 2n ** 63n)).toEqual([
      -(2n ** 63n) + 3n * 2n ** 29n,
      -(2n ** 63n) + 3n * 2n ** 29n,
      0n,
      1n,
      2n ** 65n - 2n - 2n ** 63n,
    ]);
    expect(caps.at(-1)!.value).toBeGreaterThan(2n ** 130n);
  });

  it('name for each audit target the one leaf whose interval holds it', async () => {
    const { audits, trees } = await makeGoldenVectors();
    for (const { tree, value, targets, targetLeaves } of audits) {
      const { leaves, root } = trees[tree]!;
      expect(value).toBe(root.value);
      for (const [position, target] of targets.entries()) {
        let left = 0n;
        const holding = leaves.flatMap((leaf, index) => {
          left += leaf.value;
          return left - leaf.value <= target && target < left ? [index] : [];
        });
        expect(holding).toEqual([targetLeaves[position]]);
      }
    }
    // Of the small tree each point of the value line is a target, and a leaf without value is never opened.
    const small = audits.at(-1)!;
    expect(new Set(small.targets).size).toBe(Number(small.value));
    expect(trees[small.tree]!.leaves.some(({ value }) => value === 0n)).toBe(true);
  });

  it('carry signatures of the members they name', async () => {
    const { headers, signers } = await makeGoldenVectors();
    for (const { digest, nodeSignature, orchSignature } of headers) {
      const expand = (compact: `0x${string}`) => {
        const yParityAndS = BigInt(`0x${compact.slice(66)}`);
        return {
          r: `0x${compact.slice(2, 66)}` as const,
          s: `0x${(yParityAndS & ((1n << 255n) - 1n)).toString(16).padStart(64, '0')}` as const,
          yParity: Number(yParityAndS >> 255n),
        };
      };
      expect(await recoverAddress({ hash: digest, signature: expand(nodeSignature) })).toBe(signers.node);
      expect(await recoverAddress({ hash: digest, signature: expand(orchSignature) })).toBe(signers.orchestrator);
    }
  });
});

describe('SumTree', () => {
  it('opens every leaf to the root, with the sum to its left', async () => {
    const { trees } = await makeGoldenVectors();
    for (const { leaves, root, depth } of trees) {
      const tree = new SumTree(leaves);
      expect(depth).toBe(Math.ceil(Math.log2(leaves.length)));
      let left = 0n;
      for (const [index, leaf] of leaves.entries()) {
        const opening = tree.open(index);
        expect(rootOfOpening(opening)).toEqual(root);
        expect(opening.leftValue).toBe(left);
        if (leaf.value > 0n) {
          expect(tree.indexOfValue(left)).toBe(index);
          expect(tree.indexOfValue(left + leaf.value - 1n)).toBe(index);
        }
        left += leaf.value;
      }
      expect(root.value).toBe(left);
    }
  });

  it('refuses an index behind the last leaf and a target behind the last value', async () => {
    const tree = new SumTree([{ ...emptyNode, value: 5n }]);
    expect(() => tree.open(1)).toThrow('expected a leaf below 1, received 1');
    expect(() => tree.indexOfValue(5n)).toThrow("below the root's value 5, received 5");
  });

  it('keeps the parent of two missing leaves empty', () => {
    expect(parentNode(emptyNode, emptyNode)).toEqual(emptyNode);
  });

  it('hashes no value above 96 and no volume above 64 bits', () => {
    const widest = { ...emptyNode, value: (1n << 96n) - 1n, volume: (1n << 64n) - 1n };
    expect(parentNode(widest, widest)).toMatchObject({ value: (1n << 97n) - 2n, volume: (1n << 65n) - 2n });
    expect(() => parentNode(emptyNode, { ...emptyNode, value: 1n << 96n })).toThrow('not in safe 96-bit');
    expect(() => parentNode({ ...emptyNode, volume: 1n << 64n }, emptyNode)).toThrow('not in safe 64-bit');
  });
});
