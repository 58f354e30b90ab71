import { ChroomError } from '@chroom/protocol';
import type { JobHandler } from '@chroom/queues';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { AccessTokens } from '../access/access-tokens.port.js';
import { type DeliverWebhooks, deliverWebhooksJob } from './deliver-webhooks.job.js';

interface ReadyRow {
  readonly number: string;
  readonly event_id: string;
  readonly api_key: string;
  readonly body: Buffer;
  readonly attempts: number;
  readonly url: string;
}

/** An event that was refused this often is dead, and the next one of the room gets its turn. */
export const kMostAttempts = 10;
const kPostTimeoutMs = 10_000;
/** One job does not keep a worker longer than this many posts; the relay adds it again. */
const kMostPostsPerJob = 1_000;

/** Posts the ready events of one endpoint and room in order; stops at the first that fails and is tried again later. */
@Injectable()
export class DeliverWebhooksHandler implements JobHandler<DeliverWebhooks> {
  readonly job = deliverWebhooksJob;
  private readonly log = new Logger('Webhooks');

  constructor(
    private readonly database: DataSource,
    private readonly tokens: AccessTokens,
  ) {}

  async handle(wanted: DeliverWebhooks): Promise<void> {
    for (let posts = 0; posts < kMostPostsPerJob; posts += 1) {
      const row = await this.firstReady(wanted);
      if (row === undefined) return;
      const failure = await this.post(row);
      if (failure === undefined) await this.finish(row, 'delivered', null);
      else if (failure.final || row.attempts + 1 >= kMostAttempts) await this.giveUp(row, failure.reason);
      else {
        await this.noteFailure(row, failure.reason);
        throw new Error(`webhook ${row.event_id} to ${row.url}: ${failure.reason}`);
      }
    }
  }

  private async firstReady({ endpointId, roomSid }: DeliverWebhooks): Promise<ReadyRow | undefined> {
    const rows: ReadyRow[] = await this.database.query(
      `SELECT delivery.number, event_id, api_key, body, attempts, url
       FROM webhook_deliveries AS delivery JOIN webhook_endpoints AS endpoint ON endpoint.id = endpoint_id
       WHERE endpoint_id = $1 AND room_sid = $2 AND state = 'ready' ORDER BY delivery.number LIMIT 1`,
      [endpointId, roomSid],
    );
    return rows[0];
  }

  /** @returns undefined when the endpoint took it. */
  private async post(row: ReadyRow): Promise<{ readonly reason: string; readonly final: boolean } | undefined> {
    try {
      const authorization = await this.tokens.signWebhook(row.api_key, row.body);
      const response = await fetch(row.url, {
        method: 'POST',
        headers: { 'content-type': 'application/webhook+json', authorization },
        body: new Uint8Array(row.body),
        redirect: 'manual',
        signal: AbortSignal.timeout(kPostTimeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      return { reason: `it answered ${response.status}`, final: response.status === 410 };
    } catch (error) {
      const final = error instanceof ChroomError && error.code === 'API_KEY_UNKNOWN';
      return { reason: reasonOf(error), final };
    }
  }

  private async finish(row: ReadyRow, state: 'delivered' | 'dead', lastError: string | null): Promise<void> {
    await this.database.query(
      `UPDATE webhook_deliveries SET state = $2, attempts = attempts + 1, last_error = $3, finished_at = now()
       WHERE number = $1`,
      [row.number, state, lastError],
    );
  }

  private async giveUp(row: ReadyRow, reason: string): Promise<void> {
    this.log.error({ message: 'webhook given up', event: row.event_id, url: row.url, reason });
    await this.finish(row, 'dead', reason);
  }

  private async noteFailure(row: ReadyRow, reason: string): Promise<void> {
    await this.database.query(
      'UPDATE webhook_deliveries SET attempts = attempts + 1, last_error = $2 WHERE number = $1',
      [row.number, reason],
    );
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: string; cause?: { message?: string; code?: string } };
  const below = cause?.message || cause?.code;
  return `${message ?? error}${below ? `: ${below}` : ''}`.slice(0, 500);
}
