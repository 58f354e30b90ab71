import { type BatchHeader, hashGrant, type Leaf } from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import { recoverMember } from '../signing/member-signature.js';
import type { ProofDigests } from '../signing/proof-digests.js';
import type { LeafFault } from '../verification/leaf-fault.js';
import { type LeafRules, verifyLeaf } from '../verification/verify-leaf.js';
import { assembleBatch } from './assemble-batch.js';

/** What the co-signer knows by itself. */
export interface CosignContext extends Pick<LeafRules, 'digests' | 'clock' | 'standard'> {
  readonly orchId: bigint;
  /** Keys of the epoch in which a grant begins. */
  readonly keysAt: (grantEpochSec: number) => LeafRules['keys'];
  /** The node's registered key of the batch's epoch. */
  readonly nodeSigner: Hex;
  /** Whether this orchestrator has issued the grant; a stolen key alone makes no payable grant. */
  readonly isOwnGrant: (grantHash: Hex) => boolean;
}

export type CosignRefusal = {
  readonly ok: false;
  readonly fault: LeafFault | 'NodeSig' | 'Header' | 'Order' | 'GrantUnknown';
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
    if (!context.isOwnGrant(grantHash)) return refuse('GrantUnknown', `grant ${grantHash} was never issued`, index);
    const { nodeId, orchId, epoch } = header;
    const keys = context.keysAt(leaf.grant.notBefore);
    const verdict = verifyLeaf(leaf, { ...context, nodeId, orchId, epoch, keys });
    if (!verdict.ok) return refuse(verdict.fault, verdict.message, index);
  }
  return undefined;
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
