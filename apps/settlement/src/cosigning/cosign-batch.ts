import { backoffMs } from '@chroom/protocol';
import { epochEndSec } from '@chroom/protocol/proofs';
import { type ProofDigests, recoverMember } from '@chroom/receipts';
import type { Logger } from '@chroom/telemetry';
import type { DataSource } from 'typeorm';
import type { Hex } from 'viem';
import type { SettlementChain } from '../chain/settlement-chain.js';
import { type BatchRow, findBatches, moveBatches, postponeCosign } from '../storage/batch-store.js';
import { findLeafFile } from '../storage/leaf-file-store.js';
import { insertOutbox } from '../storage/outbox-store.js';
import type { Cosigner } from './cosigner.js';

export interface CosigningParts {
  readonly database: DataSource;
  readonly chain: SettlementChain;
  readonly digests: ProofDigests;
  readonly cosignerOf: (orchId: bigint) => Cosigner | undefined;
  readonly nowSec: () => number;
  readonly logger: Logger;
}

const retry = { firstMs: 1_000, longestMs: 60_000 };
const soloLeadSec = 3_600;
/** Short windows of development networks leave a quarter for the solo path. */
const soloLeadShare = 4;

/** batch.cosign: sealed -> authorised, with the orchestrator's signature or, near the deadline, without. Idempotent. */
export class CosignBatch {
  constructor(private readonly parts: CosigningParts) {}

  async cosign(key: Hex): Promise<void> {
    const { database, logger } = this.parts;
    const [batch] = await findBatches(database, [key]);
    if (batch?.stage !== 'sealed') return;
    try {
      const signature = await this.ask(batch);
      await this.authorise(batch, signature);
    } catch (error) {
      const reason = String((error as Error).message);
      if (await this.isTimeForSolo(batch.header.epoch)) {
        logger.warn('a batch goes without its orchestrator', { batch: key, reason });
        return this.authorise(batch, '0x');
      }
      logger.debug('a batch is not co-signed yet', { batch: key, reason });
      await postponeCosign(database, key, backoffMs(retry, batch.cosignAttempts, Math.random), reason);
    }
  }

  /** An hour before the deadline, which stops of the intake move, a batch goes without its orchestrator. */
  private async isTimeForSolo(epoch: number): Promise<boolean> {
    const { chain, nowSec } = this.parts;
    const { submitWindowSec } = await chain.rulesAt(epoch);
    const waitSec = submitWindowSec - Math.min(soloLeadSec, Math.floor(submitWindowSec / soloLeadShare));
    const endSec = epochEndSec(chain.facts.clock, epoch);
    if (nowSec() < endSec + waitSec) return false;
    return nowSec() >= endSec + waitSec + (await chain.stoppedSec(endSec));
  }

  private async ask({ header, nodeSignature }: BatchRow): Promise<Hex> {
    const cosigner = this.parts.cosignerOf(header.orchId);
    if (!cosigner) throw new Error(`no co-signer is known for orchestrator ${header.orchId}`);
    const leafFile = await findLeafFile(this.parts.database, header.data);
    if (!leafFile) throw new Error(`the leaf file ${header.data} is missing`);
    const signature = await cosigner.cosign(header, nodeSignature, leafFile);
    const expected = await this.parts.chain.signerAt(header.orchId, header.epoch);
    const signer = recoverMember(this.parts.digests.header(header), signature);
    if (signer === undefined || signer !== expected?.toLowerCase()) {
      throw new Error(`expected a signature of ${expected}, got one of ${signer ?? 'nobody'}`);
    }
    return signature;
  }

  /** The signature and the row of the outbox are there together or not at all. */
  private async authorise({ key, header }: BatchRow, orchSignature: Hex): Promise<void> {
    await this.parts.database.transaction(async (db) => {
      if ((await moveBatches(db, [key], 'sealed', 'authorised', { orchSignature, solo: orchSignature === '0x' })) === 0)
        return;
      await insertOutbox(db, { key: `submit-${key}`, kind: 'submit', nodeId: header.nodeId, batchKeys: [key] });
    });
  }
}
