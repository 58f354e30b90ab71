import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Beside the facts of the deployment, which never change: keys and rules that were read last. */
export class KeepNewestFacts1764381600000 implements MigrationInterface {
  readonly name = 'KeepNewestFacts1764381600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `CREATE TABLE newest_fact (
         core text NOT NULL,
         name text NOT NULL,
         epoch bigint NOT NULL,
         fact jsonb NOT NULL,
         PRIMARY KEY (core, name)
       )`,
    );
    await runner.query(
      `COMMENT ON TABLE newest_fact IS 'rules, and the key of each member: what receipts are judged by while the chain is away'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE newest_fact');
  }
}
