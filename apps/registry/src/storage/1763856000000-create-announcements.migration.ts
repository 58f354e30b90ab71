import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAnnouncements1763856000000 implements MigrationInterface {
  readonly name = 'CreateAnnouncements1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE latest_announcement (
        member_id numeric(20, 0) PRIMARY KEY,
        kind text NOT NULL,
        sequence numeric(20, 0) NOT NULL,
        signed jsonb NOT NULL,
        received_at timestamptz NOT NULL
      )`);
    await runner.query(`
      CREATE TABLE announcement_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        member_id numeric(20, 0) NOT NULL,
        sequence numeric(20, 0) NOT NULL,
        signed jsonb NOT NULL,
        received_at timestamptz NOT NULL,
        UNIQUE (member_id, sequence)
      )`);
    await runner.query('CREATE INDEX announcement_log_received_at ON announcement_log (received_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE announcement_log');
    await runner.query('DROP TABLE latest_announcement');
  }
}
