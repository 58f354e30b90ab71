import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

export type DeliveryState = 'ready' | 'delivered' | 'dead';

/** Outbox: one event for one endpoint. Rows of one endpoint and room are delivered in the order of their numbers. */
@Entity('webhook_deliveries')
export class WebhookDelivery {
  @PrimaryGeneratedColumn('identity', { type: 'bigint' })
  number: string;

  /** `id` of the WebhookEvent; stays the same over retries. */
  @Column('text', { name: 'event_id' })
  eventId: string;

  @Column('text', { name: 'endpoint_id' })
  endpointId: string;

  @Column('text', { name: 'room_sid' })
  roomSid: string;

  /** Signs the request. */
  @Column('text', { name: 'api_key' })
  apiKey: string;

  /** The exact bytes that are signed and sent. */
  @Column('bytea')
  body: Buffer;

  @Column('text')
  state: DeliveryState;

  @Column('integer')
  attempts: number;

  @Column('text', { name: 'last_error', nullable: true })
  lastError: string | null;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt: Date | null;
}
