import { openPartyDatabase } from '@chroom/database';
import type { DataSource } from 'typeorm';
import { ApiKey } from '../access/api-key.entity.js';
import { Project } from '../access/project.entity.js';
import { AllocationRecord } from '../placement/allocation.entity.js';
import { SessionRecord } from '../sessions/session.entity.js';
import { WebhookDelivery } from '../webhooks/webhook-delivery.entity.js';
import { WebhookEndpoint } from '../webhooks/webhook-endpoint.entity.js';
import { CreateOrchestrator1763856000000 } from './migrations/1763856000000-create-orchestrator.js';
import { CreateChainSnapshot1764324000000 } from './migrations/1764324000000-create-chain-snapshot.js';

export const kDatabaseUrlVariable = 'CHROOM_ORCHESTRATOR_DATABASE_URL';

/** The orchestrator's own database, migrated and ready. @throws ChroomError DATABASE_UNAVAILABLE. */
export function openOrchestratorDatabase(url: string, onConnectionLost?: (error: Error) => void): Promise<DataSource> {
  return openPartyDatabase({
    party: 'orchestrator',
    url,
    urlVariable: kDatabaseUrlVariable,
    entities: [Project, ApiKey, AllocationRecord, SessionRecord, WebhookEndpoint, WebhookDelivery],
    migrations: [CreateOrchestrator1763856000000, CreateChainSnapshot1764324000000],
    onConnectionLost,
  });
}
