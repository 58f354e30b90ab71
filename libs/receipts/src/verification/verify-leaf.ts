import {
  countSlots,
  type EpochClock,
  epochEndSec,
  epochStartSec,
  hashGrant,
  isOverCap,
  type Leaf,
  leafVolumeMax,
  receiptValue,
  receiptVolume,
  type Standard,
} from '@chroom/protocol/proofs';
import type { Hex } from 'viem';
import { verifyClientSignature } from '../signing/client-signature.js';
import { recoverMember } from '../signing/member-signature.js';
import type { ProofDigests } from '../signing/proof-digests.js';
import type { KnownGrants } from './known-grants.js';
import type { LeafFault, LeafRefusal } from './leaf-fault.js';
import { signerOfClientKey, type WitnessClass, type WitnessKeys, witnessClass } from './witness-class.js';

/** What a leaf is judged by. Keys are those of the epoch in which the grant begins; a rotation does not end a grant. */
export interface LeafRules {
  readonly digests: ProofDigests;
  readonly clock: EpochClock;
  /** In force at the start of the receipt's epoch. */
  readonly standard: Standard;
  readonly nodeId: bigint;
  readonly orchId: bigint;
  readonly epoch: number;
  readonly keys: WitnessKeys;
  /** The judge has made this very leaf: its signatures are known to be right. */
  readonly isOwn?: boolean;
  /** Of earlier leaves. */
  readonly knownGrants?: KnownGrants | undefined;
}

export type LeafVerdict =
  | { readonly ok: true; readonly witness: WitnessClass; readonly value: bigint; readonly grantHash: Hex }
  | ({ readonly ok: false } & LeafRefusal);

/** Everything that can be said about one leaf alone. Cheap checks come first, signatures last. */
export function verifyLeaf(leaf: Leaf, rules: LeafRules): LeafVerdict {
  const value = receiptValue(leaf.grant, leaf.receipt, rules.standard);
  const refusal = checkBelonging(leaf, rules) ?? checkBounds(leaf, rules);
  if (refusal) return refusal;
  const signed = checkSignatures(leaf, rules);
  return 'fault' in signed ? signed : { ok: true, value, ...signed };
}

type Refused = { readonly ok: false } & LeafRefusal;

const refuse = (fault: LeafFault, message: string): Refused => ({ ok: false, fault, message });

function checkBelonging({ grant, receipt }: Leaf, { clock, nodeId, orchId, epoch }: LeafRules): Refused | undefined {
  if (grant.nodeId !== nodeId) return refuse('Node', `expected a grant for node ${nodeId}, received ${grant.nodeId}`);
  if (grant.orchId !== orchId)
    return refuse('Orch', `expected a grant of orchestrator ${orchId}, received ${grant.orchId}`);
  if (receipt.epoch !== epoch)
    return refuse('Epoch', `expected a receipt of epoch ${epoch}, received ${receipt.epoch}`);
  const [startSec, endSec] = [epochStartSec(clock, epoch), epochEndSec(clock, epoch)];
  if (grant.notAfter <= startSec || grant.notBefore >= endSec) {
    const { notBefore, notAfter } = grant;
    return refuse('Expired', `the grant from ${notBefore} to ${notAfter} is not valid in ${startSec} to ${endSec}`);
  }
  return undefined;
}

function checkBounds({ grant, receipt }: Leaf, { clock, standard }: LeafRules): Refused | undefined {
  const allowedSec = clock.slotSec * countSlots(receipt.slots);
  if (receipt.activeSec > allowedSec) {
    return refuse('OverTime', `the slots allow ${allowedSec} active seconds, received ${receipt.activeSec}`);
  }
  const volume = receiptVolume(receipt);
  const allowedBits = BigInt(grant.maxKbps) * 1000n * BigInt(receipt.activeSec);
  if (volume * 8n > allowedBits) {
    return refuse('OverRate', `the grant allows ${allowedBits} bits in the active time, received ${volume * 8n}`);
  }
  if (isOverCap(grant, receipt, standard)) {
    const received = `${receiptValue(grant, receipt, standard)} and ${volume}`;
    return refuse('OverCap', `at most a value of ${grant.maxValue} and ${leafVolumeMax} bytes, received ${received}`);
  }
  return undefined;
}

function checkSignatures(
  leaf: Leaf,
  { digests, keys, isOwn = false, knownGrants }: LeafRules,
): Refused | { witness: WitnessClass; grantHash: Hex } {
  const witness = witnessClass(leaf, keys);
  if (witness === undefined) {
    return refuse('Witness', `clientKey ${leaf.grant.clientKey} names no client, orchestrator or other node`);
  }
  const grantHash = hashGrant(leaf.grant);
  if (isOwn) return { witness, grantHash };
  const { orchestrator } = keys;
  const grantDigest = digests.ofStruct(grantHash);
  const isGranted = () => signedBy(orchestrator, grantDigest, leaf.grantSignature);
  if (!(knownGrants?.isSigned(orchestrator, grantDigest, leaf.grantSignature, isGranted) ?? isGranted())) {
    return refuse('GrantSig', `the grant is not signed by its orchestrator's key ${orchestrator}`);
  }
  const digest = digests.receipt({ ...leaf.receipt, grant: grantHash });
  const isSigned =
    witness === 1
      ? verifyClientSignature(leaf.clientPublicKey, digest, leaf.receiptSignature)
      : signedBy(signerOfClientKey(leaf.grant.clientKey)!, digest, leaf.receiptSignature);
  if (!isSigned) return refuse('ReceiptSig', `the receipt is not signed by clientKey ${leaf.grant.clientKey}`);
  return { witness, grantHash };
}

function signedBy(signer: Hex, digest: Hex, signature: Hex): boolean {
  return recoverMember(digest, signature) === signer.toLowerCase();
}
