import { ChroomError, type Hex } from '@chroom/protocol';
import { hashBatchHeader } from '@chroom/protocol/proofs';
import { signAsMember } from '@chroom/receipts';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { Grantors } from '../grants/grantors.js';
import { ProofNetwork } from '../network/proof-network.port.js';
import { grantEpochsOf } from './batch-task.js';
import { BatchVerifier } from './batch-verifier.js';
import { CosignRefused } from './cosign-refused.js';
import { CosignStore, keyOf } from './cosign-store.js';
import { LeafFileStore } from './leaf-file-store.js';
import type { AuthenticHeader } from './node-headers.js';

/** Batches are judged one after the other; more than this wait in vain. */
const waitingMax = 32;

/**
 * Signs the header of a batch of ours, after everything in it was compared with what we signed ourselves. The leaf file
 * must be here: watchers get it from us. The same request again gets the same signature.
 */
@Injectable()
export class CosignBatch {
  private readonly log = new Logger('Cosigning');
  private turn: Promise<unknown> = Promise.resolve();
  private waiting = 0;
  readonly counts = { signed: 0, refused: 0 };

  constructor(
    private readonly grantors: Grantors,
    private readonly network: ProofNetwork,
    private readonly files: LeafFileStore,
    private readonly store: CosignStore,
    private readonly verifier: BatchVerifier,
    private readonly clock: Clock,
  ) {}

  /** @throws ChroomError LEAF_FILE_UNKNOWN, MEMBER_UNKNOWN, CHAIN_UNAVAILABLE, LIMIT_EXCEEDED, COSIGN_REFUSED */
  cosign(request: AuthenticHeader): Promise<Hex> {
    if (this.waiting >= waitingMax) {
      throw new ChroomError('LIMIT_EXCEEDED', `expected at most ${waitingMax} batches to be judged at one time`);
    }
    this.waiting += 1;
    const signing = this.turn
      .then(() => this.sign(request))
      .finally(() => {
        this.waiting -= 1;
      });
    this.turn = signing.catch(() => undefined);
    return signing;
  }

  private async sign(request: AuthenticHeader): Promise<Hex> {
    const { header, nodeSignature } = request;
    const before = await this.store.find(keyOf(header));
    try {
      if (before) return sameOnly(before, request);
      const { signerKey } = this.ownKey(request);
      await this.judge(request);
      const signature = signAsMember(signerKey, request.facts.digests.header(header));
      const stored = await this.store.insert(header, nodeSignature, signature, this.clock.nowMs());
      const { nodeId, epoch, leaves, value } = header;
      this.log.log({ message: 'batch co-signed', nodeId: `${nodeId}`, epoch, leaves, value: `${value}` });
      this.counts.signed += 1;
      return sameOnly(stored, request);
    } catch (error) {
      if (!(error instanceof CosignRefused)) throw error;
      this.counts.refused += 1;
      this.log.warn({
        message: 'batch refused',
        nodeId: `${header.nodeId}`,
        epoch: header.epoch,
        reason: error.message,
      });
      await this.store.noteRefusal(header, error, this.clock.nowMs());
      throw error;
    }
  }

  private ownKey({ header }: AuthenticHeader) {
    const own = this.grantors.at(header.epoch);
    if (own) return own;
    const message = `the chain has another key than ours for orchestrator ${header.orchId} in epoch ${header.epoch}`;
    throw new ChroomError('MEMBER_UNKNOWN', message);
  }

  private async judge({ header, nodeSignature, nodeSigner, facts }: AuthenticHeader): Promise<void> {
    const file = await this.files.find(header.data);
    if (!file) {
      throw new ChroomError(
        'LEAF_FILE_UNKNOWN',
        `put the leaf file ${header.data} first; nothing is signed without it`,
      );
    }
    const standard = this.network.standardAt(header.epoch);
    if (!standard) throw new ChroomError('CHAIN_UNAVAILABLE', `the standard of epoch ${header.epoch} is not known yet`);
    const ownLeaves = await this.store.ownReceipts(header.nodeId, header.epoch);
    const { digests, clock } = facts;
    const verdict = await this.verifier.verify({
      header,
      nodeSignature,
      nodeSigner,
      leafFile: file,
      ownLeaves,
      signers: this.signersOf(grantEpochsOf(ownLeaves, clock), header.orchId),
      standard,
      clock,
      chainId: digests.chainId,
      proofs: digests.proofs,
    });
    if (!verdict.ok) throw new CosignRefused(verdict.fault, verdict.message, verdict.leaf);
  }

  private signersOf(epochs: ReadonlySet<number>, orchId: bigint): Map<number, Hex> {
    const known = [...epochs].flatMap((epoch): [number, Hex][] => {
      const signer = this.network.signerAt(orchId, epoch);
      return signer ? [[epoch, signer]] : [];
    });
    return new Map(known);
  }
}

function sameOnly(stored: { readonly headerHash: Hex; readonly orchSignature: Hex }, { header }: AuthenticHeader): Hex {
  if (stored.headerHash === hashBatchHeader(header)) return stored.orchSignature;
  throw new CosignRefused(
    'Equivocation',
    `another header of node ${header.nodeId} and epoch ${header.epoch} is signed`,
  );
}
