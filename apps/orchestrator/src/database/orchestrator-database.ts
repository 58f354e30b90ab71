import { openPartyDatabase } from '@chroom/database';
import type { DataSource } from 'typeorm';
import { ApiKey } from '../access/api-key.entity.js';
import { Project } from '../access/project.entity.js';
import { AllocationRecord } from '../placement/allocation.entity.js';
import { CosignRefusalRecord } from '../proofs/storage/cosign-refusal.entity.js';
import { CosignedBatchRecord } from '../proofs/storage/cosigned-batch.entity.js';
import { GrantRecord } from '../proofs/storage/grant.entity.js';
import { ReceiptRecord } from '../proofs/storage/receipt.entity.js';
import { RefusedReportRecord } from '../proofs/storage/refused-report.entity.js';
import { SessionRecord } from '../sessions/session.entity.js';
import { WebhookDelivery } from '../webhooks/webhook-delivery.entity.js';
import { WebhookEndpoint } from '../webhooks/webhook-endpoint.entity.js';
import { CreateOrchestrator1763856000000 } from './migrations/1763856000000-create-orchestrator.js';
import { CreateProofs1764300000000 } from './migrations/1764300000000-create-proofs.js';
import { CreateChainSnapshot1764324000000 } from './migrations/1764324000000-create-chain-snapshot.js';
import { IndexOpenSessions1764374400000 } from './migrations/1764374400000-index-open-sessions.js';

export const kDatabaseUrlVariable = 'CHROOM_ORCHESTRATOR_DATABASE_URL';

/** The orchestrator's own database, migrated and ready. @throws ChroomError DATABASE_UNAVAILABLE. */
export function openOrchestratorDatabase(url: string, onConnectionLost?: (error: Error) => void): Promise<DataSource> {
  return openPartyDatabase({
    party: 'orchestrator',
    url,
    urlVariable: kDatabaseUrlVariable,
    entities: [
      Project,
      ApiKey,
      AllocationRecord,
      SessionRecord,
      WebhookEndpoint,
      WebhookDelivery,
      GrantRecord,
      ReceiptRecord,
      RefusedReportRecord,
      CosignedBatchRecord,
      CosignRefusalRecord,
    ],
    migrations: [
      CreateOrchestrator1763856000000,
      CreateProofs1764300000000,
      CreateChainSnapshot1764324000000,
      IndexOpenSessions1764374400000,
    ],
    onConnectionLost,
  });
}
