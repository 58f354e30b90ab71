import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Each new life of a room asks who was in its former ones. */
export class IndexOpenSessions1764374400000 implements MigrationInterface {
  readonly name = 'IndexOpenSessions1764374400000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX sessions_open_by_room ON sessions (project_id, room_name) WHERE left_at IS NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX sessions_open_by_room');
  }
}
