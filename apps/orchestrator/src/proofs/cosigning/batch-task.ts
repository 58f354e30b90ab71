import type { Hex } from '@chroom/protocol';
import { type BatchHeader, type EpochClock, epochAt, packedLeafBytes, type Standard } from '@chroom/protocol/proofs';
import { type CosignRefusal, decodeLeafFile, ProofDigests, verifyBatchForCosign } from '@chroom/receipts';

/** Everything that a batch is judged by, as plain values that go to another thread. */
export interface BatchTask {
  readonly header: BatchHeader;
  readonly nodeSignature: Hex;
  readonly nodeSigner: Hex;
  readonly leafFile: Uint8Array;
  /** The newest receipts that we have signed ourselves for this node and epoch, packed one after the other. */
  readonly ownLeaves: Uint8Array;
  /** Our keys in the epochs in which those grants begin. */
  readonly signers: ReadonlyMap<number, Hex>;
  readonly standard: Standard;
  readonly clock: EpochClock;
  readonly chainId: number;
  readonly proofs: Hex;
}

export type BatchVerdict = { readonly ok: true } | CosignRefusal;

/** @throws ChroomError INVALID_ARGUMENT, PAYLOAD_TOO_LARGE for a file of another size than leaves have */
export function judgeBatch(task: BatchTask): BatchVerdict {
  const { header, clock, signers, ownLeaves } = task;
  const own = new Map(
    (ownLeaves.length > 0 ? decodeLeafFile(ownLeaves) : []).map((leaf) => [leaf.receipt.grant, leaf]),
  );
  return verifyBatchForCosign(decodeLeafFile(task.leafFile), header, task.nodeSignature, {
    digests: new ProofDigests(task.chainId, task.proofs),
    clock,
    standard: task.standard,
    orchId: header.orchId,
    nodeSigner: task.nodeSigner,
    keysAt: (grantSec) => ({
      orchestrator: signers.get(epochAt(clock, grantSec)) ?? nobody,
      // Relay legs between nodes come with their own directory of keys.
      isOtherNode: () => false,
    }),
    ownReceipt: (grantHash) => own.get(grantHash),
  });
}

/** In the packed leaf: sessionId 32, nodeId 8, orchId 8, clientKey 32. */
const notBeforeAt = 80;
const notBeforeBytes = 5;

/** The epochs in which the grants of packed leaves begin. */
export function grantEpochsOf(packed: Buffer, clock: EpochClock): Set<number> {
  const epochs = new Set<number>();
  for (let at = 0; at < packed.length; at += packedLeafBytes) {
    epochs.add(epochAt(clock, packed.readUIntBE(at + notBeforeAt, notBeforeBytes)));
  }
  return epochs;
}

/** Signs nothing. */
const nobody: Hex = `0x${'00'.repeat(20)}`;
