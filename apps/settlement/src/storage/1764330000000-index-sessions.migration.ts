import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A packed leaf begins with its session: statements ask for the receipts of one. */
export class IndexSessions1764330000000 implements MigrationInterface {
  readonly name = 'IndexSessions1764330000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX kept_receipt_session ON kept_receipt (substring(leaf FROM 1 FOR 32))');
    // From a batch to the transactions that carry it.
    await runner.query('CREATE INDEX outbox_batches ON outbox USING gin (batch_keys)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX kept_receipt_session');
    await runner.query('DROP INDEX outbox_batches');
  }
}
