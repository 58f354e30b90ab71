// The Merkle-sum tree: from a leaf and its siblings to the root.
import { Mismatch } from './mismatch.mjs';
import { keccak256, numberAt, word } from './words.mjs';

export const nodeBytes = 60;
const [hashWidth, valueWidth, volumeWidth, slotsWidth] = [32, 12, 8, 8];

/** @param {{leaf: object, value: bigint, index: number, siblings: Buffer, leaves: number}} opening */
export function rootOf({ leaf, value, index, siblings, leaves }) {
  const depth = siblings.length / nodeBytes;
  if (index >= leaves) throw new Mismatch(`index: expected one below ${leaves}, received ${index}`);
  if (depth !== depthOf(leaves)) {
    throw new Mismatch(`siblings: expected ${depthOf(leaves)} for ${leaves} leaves, received ${depth}`);
  }
  let node = { hash: leaf.hash, value, volume: leaf.volume, slots: leaf.slots };
  for (let level = 0; level < depth; level++) {
    const sibling = readNode(siblings.subarray(level * nodeBytes, (level + 1) * nodeBytes));
    const isRight = Math.floor(index / 2 ** level) % 2 === 1;
    node = isRight ? parent(sibling, node) : parent(node, sibling);
  }
  return node;
}

function depthOf(leaves) {
  return Math.ceil(Math.log2(leaves));
}

function parent(left, right) {
  return {
    hash: keccak256(Buffer.concat([Buffer.of(1), packNode(left), packNode(right)])),
    value: left.value + right.value,
    volume: left.volume + right.volume,
    slots: left.slots | right.slots,
  };
}

function packNode({ hash, value, volume, slots }) {
  const cut = (number, width) => word(number).subarray(32 - width);
  return Buffer.concat([hash, cut(value, valueWidth), cut(volume, volumeWidth), cut(slots, slotsWidth)]);
}

function readNode(bytes) {
  const hash = bytes.subarray(0, hashWidth);
  const value = numberAt(bytes, hashWidth, valueWidth);
  const volume = numberAt(bytes, hashWidth + valueWidth, volumeWidth);
  return { hash, value, volume, slots: numberAt(bytes, hashWidth + valueWidth + volumeWidth, slotsWidth) };
}
