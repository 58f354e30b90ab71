import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Where the events of a project's rooms are posted. */
@Entity('webhook_endpoints')
export class WebhookEndpoint {
  /** `WH_` and 12 random characters. */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { name: 'project_id' })
  projectId: string;

  @Column('text')
  url: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
