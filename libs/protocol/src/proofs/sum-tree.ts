import { ChroomError } from '../errors/chroom-error.js';
import { emptyNode, parentNode, type SumNode } from './sum-node.js';

/** A leaf with what is needed to check it against the root. */
export interface Opening {
  readonly index: number;
  readonly node: SumNode;
  /** Leaf side first. */
  readonly siblings: readonly SumNode[];
  /** Sum of the values of all leaves before this one: the sum of its left siblings' values. */
  readonly leftValue: bigint;
}

/** Merkle-sum tree of depth ceil(log2(leaves)); with one leaf the root is that leaf. */
export class SumTree {
  /** levels[0] are the leaves, the last level is the root. */
  private readonly levels: SumNode[][];

  /** @param leaves in batch order (sorted by grant hash); at least one */
  constructor(leaves: readonly SumNode[]) {
    if (leaves.length === 0) throw new ChroomError('INVALID_ARGUMENT', 'a batch has at least one leaf, received none');
    this.levels = [[...leaves]];
    for (let level = this.levels[0]!; level.length > 1; level = this.levels.at(-1)!) {
      const parents: SumNode[] = [];
      for (let index = 0; index < level.length; index += 2) {
        parents.push(parentNode(level[index]!, level[index + 1] ?? emptyNode));
      }
      this.levels.push(parents);
    }
  }

  get root(): SumNode {
    return this.levels.at(-1)![0]!;
  }

  get depth(): number {
    return this.levels.length - 1;
  }

  /** @throws ChroomError INVALID_ARGUMENT beyond the last leaf */
  open(index: number): Opening {
    const node = this.levels[0]![index];
    if (!node)
      throw new ChroomError('INVALID_ARGUMENT', `expected a leaf below ${this.levels[0]!.length}, received ${index}`);
    const siblings: SumNode[] = [];
    let leftValue = 0n;
    let position = index;
    for (const level of this.levels.slice(0, -1)) {
      const sibling = level[position ^ 1] ?? emptyNode;
      if (position % 2 === 1) leftValue += sibling.value;
      siblings.push(sibling);
      position >>= 1;
    }
    return { index, node, siblings, leftValue };
  }

  /** The leaf whose interval [left sum, left sum + value) contains the target. */
  indexOfValue(target: bigint): number {
    if (target < 0n || target >= this.root.value) {
      throw new ChroomError(
        'INVALID_ARGUMENT',
        `expected a target below the root's value ${this.root.value}, received ${target}`,
      );
    }
    let index = 0;
    let rest = target;
    for (let level = this.levels.length - 2; level >= 0; level--) {
      index *= 2;
      const left = this.levels[level]![index]!.value;
      if (rest >= left) {
        rest -= left;
        index++;
      }
    }
    return index;
  }
}

/** The root that an opening leads to. */
export function rootOfOpening(opening: Opening): SumNode {
  let node = opening.node;
  let position = opening.index;
  for (const sibling of opening.siblings) {
    node = position % 2 === 0 ? parentNode(node, sibling) : parentNode(sibling, node);
    position >>= 1;
  }
  return node;
}
