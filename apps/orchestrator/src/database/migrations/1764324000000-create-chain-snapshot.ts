import { SqlFollowerStore } from '@chroom/chain/network';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What is known of members, keys and standards, so that a restart needs no chain. */
export class CreateChainSnapshot1764324000000 implements MigrationInterface {
  readonly name = 'CreateChainSnapshot1764324000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SqlFollowerStore.createTable);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(SqlFollowerStore.dropTable);
  }
}
