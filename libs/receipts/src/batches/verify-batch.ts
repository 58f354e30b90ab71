import { type BatchHeader, hashGrant, type Leaf, packLeaf } from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import { recoverMember } from '../signing/member-signature.js';
import type { ProofDigests } from '../signing/proof-digests.js';
import type { LeafFault } from '../verification/leaf-fault.js';
import { orderReceipt } from '../verification/receipt-order.js';
import { type LeafRules, verifyLeaf } from '../verification/verify-leaf.js';
import { assembleBatch } from './assemble-batch.js';

/** What the co-signer knows by itself. */
export interface CosignContext extends Pick<LeafRules, 'digests' | 'clock' | 'standard'> {
  readonly orchId: bigint;
  /** Keys of the epoch in which a grant begins. */
  readonly keysAt: (grantEpochSec: number) => LeafRules['keys'];
  /** The node's registered key of the batch's epoch. */
  readonly nodeSigner: Hex;
  /**
   * The newest receipt of a grant in the batch's epoch that this orchestrator has signed itself, or relayed for the
   * client. Undefined: there is none. A stolen key alone makes no payable grant and no payable receipt.
   */
  readonly ownReceipt: (grantHash: Hex) => Leaf | undefined;
}

export type CosignRefusal = {
  readonly ok: false;
  readonly fault: LeafFault | 'NodeSig' | 'Header' | 'Order' | 'GrantUnknown' | 'ReceiptUnknown';
  readonly message: string;
  /** Position of the leaf that is at fault. */
  readonly leaf?: number;
};

/** Checks of a whole batch before the orchestrator signs its header: nothing in it is taken on trust. */
export function verifyBatchForCosign(
  leaves: readonly Leaf[],
  header: BatchHeader,
  nodeSignature: Hex,
  context: CosignContext,
): { readonly ok: true } | CosignRefusal {
  if (header.orchId !== context.orchId) {
    return refuse('Orch', `expected a batch towards orchestrator ${context.orchId}, received ${header.orchId}`);
  }
  if (leaves.length === 0) return refuse('Header', 'expected a batch with leaves, received none');
  if (!isSignedBy(context.nodeSigner, context.digests, header, nodeSignature)) {
    return refuse('NodeSig', `the header is not signed by the node's key ${context.nodeSigner}`);
  }
  return checkLeaves(leaves, header, context) ?? checkHeader(leaves, header, context) ?? { ok: true };
}

function checkLeaves(leaves: readonly Leaf[], header: BatchHeader, context: CosignContext): CosignRefusal | undefined {
  let former: Hex | undefined;
  for (const [index, leaf] of leaves.entries()) {
    const grantHash = hashGrant(leaf.grant);
    if (former === grantHash) return refuse('Duplicate', `grant ${grantHash} has two leaves`, index);
    if (former !== undefined && former > grantHash) return refuse('Order', 'leaves are not sorted by grant', index);
    former = grantHash;
    const own = context.ownReceipt(grantHash);
    if (!own) return refuse('GrantUnknown', `there is no receipt of ours for grant ${grantHash}`, index);
    const origin = originOf(leaf, own);
    if (origin === 'foreign') {
      return refuse('ReceiptUnknown', `receipt ${leaf.receipt.seq} of grant ${grantHash} is none of ours`, index);
    }
    const { nodeId, orchId, epoch } = header;
    const keys = context.keysAt(leaf.grant.notBefore);
    const verdict = verifyLeaf(leaf, { ...context, nodeId, orchId, epoch, keys, isOwn: origin === 'newest' });
    if (!verdict.ok) return refuse(verdict.fault, verdict.message, index);
  }
  return undefined;
}

/**
 * `newest`: byte for byte what we have, so its signatures need no second look. `older`: an earlier receipt of ours that
 * our newest one continues; its node loses by it. Anything else was never signed.
 */
function originOf(leaf: Leaf, own: Leaf): 'newest' | 'older' | 'foreign' {
  if (packLeaf(leaf) === packLeaf(own)) return 'newest';
  return orderReceipt(leaf.receipt, own.receipt) === 'newer' ? 'older' : 'foreign';
}

/** The header must be exactly what the leaves give. */
function checkHeader(leaves: readonly Leaf[], header: BatchHeader, context: CosignContext): CosignRefusal | undefined {
  const expected = assembleBatch(header, leaves, context.standard).header;
  for (const field of ['leaves', 'value', 'volume', 'slots', 'root', 'data'] as const) {
    if (expected[field] !== header[field]) {
      return refuse('Header', `expected ${field} ${expected[field]} of these leaves, received ${header[field]}`);
    }
  }
  return undefined;
}

function isSignedBy(signer: Hex, digests: ProofDigests, header: BatchHeader, signature: Hex): boolean {
  return recoverMember(digests.header(header), signature) === signer.toLowerCase();
}

function refuse(fault: CosignRefusal['fault'], message: string, leaf?: number): CosignRefusal {
  return leaf === undefined ? { ok: false, fault, message } : { ok: false, fault, message, leaf };
}
