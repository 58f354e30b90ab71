import { isDatabaseOutage } from '@chroom/database';
import { JobQueues } from '@chroom/queues';
import { WebhookEvent } from '@livekit/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { randomId } from '../identifiers/random-id.js';
import { type RoomEvent, RoomEvents } from '../rooms/room-events.js';
import { deliverWebhooksJob } from './deliver-webhooks.job.js';

interface OutboxEntry {
  readonly eventId: string;
  readonly projectId: string;
  readonly roomSid: string;
  readonly apiKey: string;
  readonly body: Buffer;
}

/** Events that wait for the database; the oldest is dropped beyond this. About 1 kB each. */
const kMostWaiting = 10_000;
const kRetryEveryMs = 1_000;

/**
 * Turns room events into outbox rows, one for each endpoint of the project, and wakes the deliverer. While the database
 * is down events wait in memory, in order.
 */
@Injectable()
export class WebhookOutbox implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('WebhookOutbox');
  private readonly waiting: OutboxEntry[] = [];
  private writing: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private unsubscribe: () => void = () => undefined;

  constructor(
    private readonly events: RoomEvents,
    private readonly database: DataSource,
    private readonly queues: JobQueues,
  ) {}

  get waitingCount(): number {
    return this.waiting.length;
  }

  onModuleInit(): void {
    this.unsubscribe = this.events.subscribe((event) => this.accept(event));
    this.timer = setInterval(() => void this.flush(), kRetryEveryMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
    this.unsubscribe();
  }

  /** Writes what waits, in order. Never throws. */
  flush(): Promise<void> {
    if (this.waiting.length > 0) this.writing = this.writing.then(() => this.drain());
    return this.writing;
  }

  private accept(event: RoomEvent): void {
    if (this.waiting.length >= kMostWaiting) {
      this.waiting.shift();
      this.log.error({ message: 'a webhook event is lost: the database is down for too long', kMostWaiting });
    }
    this.waiting.push(outboxEntry(event));
    void this.flush();
  }

  private async drain(): Promise<void> {
    for (let entry = this.waiting[0]; entry !== undefined; entry = this.waiting[0]) {
      try {
        await this.write(entry);
      } catch (error) {
        if (isDatabaseOutage(error)) return;
        this.log.error({ message: 'webhook event refused by the database', event: entry.eventId, error });
      }
      this.waiting.shift();
    }
  }

  private async write(entry: OutboxEntry): Promise<void> {
    const rows: { endpoint_id: string }[] = await this.database.query(
      `INSERT INTO webhook_deliveries (event_id, endpoint_id, room_sid, api_key, body)
       SELECT $1, id, $3, $4, $5 FROM webhook_endpoints WHERE project_id = $2
       ON CONFLICT (endpoint_id, event_id) DO NOTHING RETURNING endpoint_id`,
      [entry.eventId, entry.projectId, entry.roomSid, entry.apiKey, entry.body],
    );
    for (const { endpoint_id: endpointId } of rows) {
      // Without Redis the relay wakes the deliverer later.
      await this.queues.add(deliverWebhooksJob, { endpointId, roomSid: entry.roomSid }).catch(() => undefined);
    }
  }
}

function outboxEntry(event: RoomEvent): OutboxEntry {
  const eventId = randomId('EV_', 16);
  const { name, room, participant, track } = event;
  const createdAt = BigInt(Math.floor(event.atMs / 1000));
  const message = new WebhookEvent({ event: name, id: eventId, createdAt, room, participant, track });
  return {
    eventId,
    projectId: event.projectId,
    roomSid: room.sid,
    apiKey: event.apiKey,
    body: Buffer.from(message.toJsonString()),
  };
}
