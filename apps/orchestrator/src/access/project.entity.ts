import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tenant: owns API keys, rooms and webhook endpoints. Room names are unique inside one project. */
@Entity('projects')
export class Project {
  /** `PR_` and 12 random characters. */
  @PrimaryColumn('text')
  id: string;

  @Column('text', { unique: true })
  name: string;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt: Date;
}
