import { concat, type Hex, keccak256, numberToHex } from 'viem';

/** A node of the Merkle-sum tree: values and volumes add, slots are united. */
export interface SumNode {
  readonly hash: Hex;
  readonly value: bigint;
  readonly volume: bigint;
  readonly slots: bigint;
}

/** Stands for a missing leaf; a parent of two missing children is again this tuple, not a hash. */
export const emptyNode: SumNode = { hash: `0x${'00'.repeat(32)}`, value: 0n, volume: 0n, slots: 0n };

export function isEmptyNode(node: SumNode): boolean {
  return BigInt(node.hash) === 0n && node.value === 0n && node.volume === 0n && node.slots === 0n;
}

/** 60 bytes: hash | value12 | volume8 | slots8. Also the form of a sibling in a proof. */
export function packNode(node: SumNode): Hex {
  return concat([
    node.hash,
    numberToHex(node.value, { size: 12 }),
    numberToHex(node.volume, { size: 8 }),
    numberToHex(node.slots, { size: 8 }),
  ]);
}

/** keccak256(0x01 | left | right), 121 bytes: one permutation. */
export function parentNode(left: SumNode, right: SumNode): SumNode {
  if (isEmptyNode(left) && isEmptyNode(right)) return emptyNode;
  return {
    hash: keccak256(concat(['0x01', packNode(left), packNode(right)])),
    value: left.value + right.value,
    volume: left.volume + right.volume,
    slots: left.slots | right.slots,
  };
}
