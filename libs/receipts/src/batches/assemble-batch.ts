import { ChroomError } from '@chroom/protocol';
import { type BatchHeader, hashGrant, type Leaf, leafNode, type Standard, SumTree } from '@chroom/protocol/proofs';
import { encodeLeafFile, hashLeafFile, leafFileLeavesMax } from './leaf-file.js';

export interface AssembledBatch {
  readonly header: BatchHeader;
  readonly leaves: readonly Leaf[];
  readonly leafFile: Buffer;
  readonly tree: SumTree;
}

/** The leaves of one (node, orchestrator, epoch), already verified, become a batch; the order follows from the grants. */
export function assembleBatch(
  { nodeId, orchId, epoch }: Pick<BatchHeader, 'nodeId' | 'orchId' | 'epoch'>,
  unordered: readonly Leaf[],
  standard: Standard,
): AssembledBatch {
  if (unordered.length > leafFileLeavesMax) {
    throw new ChroomError('LIMIT_EXCEEDED', `a batch has at most ${leafFileLeavesMax} leaves, got ${unordered.length}`);
  }
  const leaves = sortByGrant(unordered);
  const tree = new SumTree(leaves.map((leaf) => leafNode(leaf, standard)));
  const leafFile = encodeLeafFile(leaves);
  const { hash: root, value, volume, slots } = tree.root;
  const data = hashLeafFile(leafFile);
  return {
    header: { nodeId, orchId, epoch, leaves: leaves.length, value, volume, slots, root, data },
    leaves,
    leafFile,
    tree,
  };
}

function sortByGrant(leaves: readonly Leaf[]): Leaf[] {
  return leaves
    .map((leaf) => ({ leaf, hash: hashGrant(leaf.grant) }))
    .sort((left, right) => (left.hash < right.hash ? -1 : 1))
    .map(({ leaf }) => leaf);
}
