import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Solo batches end by a transaction of their own, and an end that the contract refused is not tried again at once. */
export class ReleaseSoloBatches1764370000000 implements MigrationInterface {
  readonly name = 'ReleaseSoloBatches1764370000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check,
      ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('submit', 'settle', 'release', 'claim'))`);
    await runner.query(`ALTER TABLE batch DROP CONSTRAINT batch_stage_check,
      ADD CONSTRAINT batch_stage_check CHECK (stage IN
        ('sealed', 'authorised', 'submitted', 'settling', 'releasing', 'settled', 'released', 'dead')),
      ADD COLUMN solo boolean NOT NULL DEFAULT false,
      ADD COLUMN end_attempts integer NOT NULL DEFAULT 0`);
    await runner.query(`UPDATE batch SET solo = true WHERE orch_signature = '0x'`);
    await runner.query(
      `COMMENT ON COLUMN batch.solo IS 'without its orchestrator; once submitted, as the chain has it'`,
    );
    await runner.query(
      `COMMENT ON COLUMN batch.end_attempts IS 'settlements and releases of it that the contract refused'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      `DELETE FROM outbox_transaction USING outbox WHERE outbox_key = outbox.key AND kind = 'release'`,
    );
    await runner.query(`DELETE FROM outbox WHERE kind = 'release'`);
    await runner.query(`UPDATE batch SET stage = 'submitted' WHERE stage = 'releasing'`);
    await runner.query(`ALTER TABLE batch DROP COLUMN solo, DROP COLUMN end_attempts, DROP CONSTRAINT batch_stage_check,
      ADD CONSTRAINT batch_stage_check CHECK (stage IN
        ('sealed', 'authorised', 'submitted', 'settling', 'settled', 'released', 'dead'))`);
    await runner.query(`ALTER TABLE outbox DROP CONSTRAINT outbox_kind_check,
      ADD CONSTRAINT outbox_kind_check CHECK (kind IN ('submit', 'settle', 'claim'))`);
  }
}
