import { Module } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { NodesModule } from '../nodes/nodes.module.js';
import { ProofsModule } from '../proofs/proofs.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { WebhooksModule } from '../webhooks/webhooks.module.js';
import { AdminTokenGuard } from './admin-token.guard.js';
import { AllocationsController } from './allocations.controller.js';
import { ApiKeysController } from './api-keys.controller.js';
import { NodesController } from './nodes.controller.js';
import { BatchesController } from './payments/batches.controller.js';
import { FundController } from './payments/fund.controller.js';
import { GrantsController } from './payments/grants.controller.js';
import { ReceiptsController } from './payments/receipts.controller.js';
import { ProjectsController } from './projects.controller.js';
import { RoomsController } from './rooms.controller.js';
import { SessionsController } from './sessions.controller.js';
import { WebhooksController } from './webhooks.controller.js';

/** REST for operators and enterprises, below /admin/v1. */
@Module({
  imports: [AccessModule, NodesModule, ProofsModule, RoomsModule, WebhooksModule],
  controllers: [
    ProjectsController,
    ApiKeysController,
    WebhooksController,
    NodesController,
    RoomsController,
    AllocationsController,
    SessionsController,
    GrantsController,
    ReceiptsController,
    BatchesController,
    FundController,
  ],
  providers: [AdminTokenGuard],
})
export class AdminModule {}
