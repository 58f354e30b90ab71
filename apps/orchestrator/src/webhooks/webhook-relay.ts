import { JobQueues } from '@chroom/queues';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type DeliverWebhooks, deliverWebhooksJob } from './deliver-webhooks.job.js';

const kSweepEveryMs = 2_000;
const kMostPerSweep = 500;
const kForgetEveryMs = 3_600_000;
const kKeptDays = 7;

/**
 * Postgres is the truth and Redis only wakes: wakes the deliverer for every ready row, so that nothing stays behind
 * when Redis lost its jobs or was away. A job that is queued already is not queued twice.
 */
@Injectable()
export class WebhookRelay implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('WebhookRelay');
  private timers: NodeJS.Timeout[] = [];
  private sweeping: Promise<void> | undefined;

  constructor(
    private readonly database: DataSource,
    private readonly queues: JobQueues,
  ) {}

  onModuleInit(): void {
    this.timers = [
      setInterval(() => void this.sweep(), kSweepEveryMs),
      setInterval(() => void this.forget(), kForgetEveryMs),
    ];
  }

  async onApplicationShutdown(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.sweeping;
  }

  /** Never throws: the next sweep does what this one could not. */
  async sweep(): Promise<void> {
    this.sweeping ??= this.wakeReady()
      .catch((error: unknown) => this.log.debug({ message: 'sweep failed', reason: String(error) }))
      .finally(() => {
        this.sweeping = undefined;
      });
    await this.sweeping;
  }

  private async wakeReady(): Promise<void> {
    const rows: DeliverWebhooks[] = await this.database.query(
      `SELECT DISTINCT endpoint_id AS "endpointId", room_sid AS "roomSid" FROM webhook_deliveries
       WHERE state = 'ready' LIMIT $1`,
      [kMostPerSweep],
    );
    for (const row of rows) await this.queues.add(deliverWebhooksJob, row);
  }

  private async forget(): Promise<void> {
    await this.database
      .query(
        "DELETE FROM webhook_deliveries WHERE state <> 'ready' AND finished_at < now() - $1::int * interval '1 day'",
        [kKeptDays],
      )
      .catch((error: unknown) => this.log.warn({ message: 'old deliveries not deleted', reason: String(error) }));
  }
}
