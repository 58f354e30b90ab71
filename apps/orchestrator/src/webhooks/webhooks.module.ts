import { JobQueues } from '@chroom/queues';
import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { AccessModule } from '../access/access.module.js';
import { RoomsModule } from '../rooms/rooms.module.js';
import { DeliverWebhooksHandler } from './deliver-webhooks.js';
import { WebhookEndpoints } from './webhook-endpoints.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookRelay } from './webhook-relay.js';

/** Room events to the applications, signed, in order, at least once. */
@Module({
  imports: [AccessModule, RoomsModule],
  providers: [WebhookOutbox, DeliverWebhooksHandler, WebhookRelay, WebhookEndpoints],
  exports: [WebhookEndpoints],
})
export class WebhooksModule implements OnApplicationBootstrap {
  constructor(
    private readonly queues: JobQueues,
    private readonly handler: DeliverWebhooksHandler,
  ) {}

  onApplicationBootstrap(): void {
    this.queues.work([this.handler]);
  }
}
