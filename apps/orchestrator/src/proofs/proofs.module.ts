import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/nodes.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { BatchVerifier } from './cosigning/batch-verifier.js';
import { CallerRate } from './cosigning/caller-rate.js';
import { CosignController } from './cosigning/cosign.controller.js';
import { CosignBatch } from './cosigning/cosign-batch.js';
import { CosignStore } from './cosigning/cosign-store.js';
import { LeafFileStore } from './cosigning/leaf-file-store.js';
import { LeafFilesController } from './cosigning/leaf-files.controller.js';
import { NodeHeaders } from './cosigning/node-headers.js';
import { DeliverReceipts } from './delivery/deliver-receipts.js';
import { ReceiptOutbox } from './delivery/receipt-outbox.js';
import { Grantors } from './grants/grantors.js';
import { ProofSettings } from './proof-settings.js';
import { ReceiptWriter } from './receipts/receipt-writer.js';
import { RecordKeeper } from './record/record-keeper.js';
import { ForgetProofs } from './retention/forget-proofs.js';
import { ProofStore } from './storage/proof-store.js';

/**
 * What this orchestrator pays for: grants, its own record of every session, class 2 receipts, and co-signatures.
 * `ProofNetwork` comes from the process.
 */
@Module({
  imports: [NodesModule, RoomsModule],
  controllers: [LeafFilesController, CosignController],
  providers: [
    { provide: ProofSettings, useFactory: () => ProofSettings.fromEnvironment(process.env) },
    Grantors,
    ProofStore,
    RecordKeeper,
    ReceiptOutbox,
    DeliverReceipts,
    ReceiptWriter,
    CallerRate,
    NodeHeaders,
    LeafFileStore,
    CosignStore,
    BatchVerifier,
    CosignBatch,
    ForgetProofs,
  ],
  exports: [CosignBatch, DeliverReceipts, ProofSettings, RecordKeeper],
})
export class ProofsModule {}
