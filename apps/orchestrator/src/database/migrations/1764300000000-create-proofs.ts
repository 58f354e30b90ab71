import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Grants with the record of their sessions, receipts on their way to the operator, what was refused, and co-signing. */
export class CreateProofs1764300000000 implements MigrationInterface {
  readonly name = 'CreateProofs1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await createGrants(runner);
    await createReceipts(runner);
    await createCosigning(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cosign_refusals, cosigned_batches, leaf_files, refused_reports, receipts, grants');
    await runner.query('DROP SEQUENCE proof_writers');
  }
}

async function createGrants(runner: QueryRunner): Promise<void> {
  // Each run of the process takes one; a run that was thought dead writes nothing any more.
  await runner.query('CREATE SEQUENCE proof_writers AS bigint');
  await runner.query(`CREATE TABLE grants (
    grant_hash text PRIMARY KEY,
    session text NOT NULL,
    project_id text NOT NULL,
    room_sid text NOT NULL,
    room_name text NOT NULL,
    node_id numeric(20) NOT NULL,
    granted jsonb NOT NULL,
    signature text NOT NULL,
    issued_at timestamptz NOT NULL,
    writer bigint NOT NULL,
    seq bigint NOT NULL,
    record jsonb NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz
  )`);
  await runner.query('CREATE INDEX grants_open ON grants (seen_at) WHERE ended_at IS NULL');
  await runner.query('CREATE INDEX grants_by_time ON grants (issued_at DESC, grant_hash)');
  await runner.query('CREATE INDEX grants_by_session ON grants (session)');
}

async function createReceipts(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE receipts (
    grant_hash text NOT NULL REFERENCES grants (grant_hash) ON DELETE CASCADE,
    epoch bigint NOT NULL,
    node_id numeric(20) NOT NULL,
    seq bigint NOT NULL,
    leaf bytea NOT NULL,
    state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'kept', 'refused', 'unwanted', 'given-up')),
    refusal_code text,
    refusal_message text,
    signed_at timestamptz NOT NULL,
    -- With signed_at it says where a page begins.
    id text NOT NULL GENERATED ALWAYS AS (grant_hash || ' ' || epoch::text) STORED,
    PRIMARY KEY (grant_hash, epoch)
  )`);
  await runner.query("CREATE INDEX receipts_ready ON receipts (node_id, epoch) WHERE state = 'ready'");
  await runner.query('CREATE INDEX receipts_by_batch ON receipts (node_id, epoch)');
  await runner.query('CREATE INDEX receipts_by_time ON receipts (signed_at DESC, id)');
  await runner.query(`CREATE TABLE refused_reports (
    grant_hash text NOT NULL REFERENCES grants (grant_hash) ON DELETE CASCADE,
    epoch bigint NOT NULL,
    code text NOT NULL,
    reported numeric(40) NOT NULL,
    accepted numeric(40) NOT NULL,
    times integer NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL,
    id text NOT NULL GENERATED ALWAYS AS (grant_hash || ' ' || epoch::text || ' ' || code) STORED,
    PRIMARY KEY (grant_hash, epoch, code)
  )`);
  await runner.query('CREATE INDEX refused_reports_by_time ON refused_reports (last_at DESC, id)');
}

async function createCosigning(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE leaf_files (
    hash text PRIMARY KEY,
    node_id numeric(20) NOT NULL,
    epoch bigint NOT NULL,
    bytes bytea NOT NULL,
    received_at timestamptz NOT NULL,
    delete_after timestamptz
  )`);
  await runner.query('CREATE INDEX leaf_files_by_batch ON leaf_files (node_id, epoch)');
  await runner.query(`CREATE TABLE cosigned_batches (
    batch_key text PRIMARY KEY,
    node_id numeric(20) NOT NULL,
    epoch bigint NOT NULL,
    header jsonb NOT NULL,
    header_hash text NOT NULL,
    leaf_file text NOT NULL,
    node_signature text NOT NULL,
    orch_signature text NOT NULL,
    signed_at timestamptz NOT NULL,
    asked_at timestamptz,
    settled_at timestamptz
  )`);
  await runner.query('CREATE INDEX cosigned_batches_by_time ON cosigned_batches (signed_at DESC, batch_key)');
  await runner.query(`CREATE TABLE cosign_refusals (
    batch_key text NOT NULL,
    fault text NOT NULL,
    node_id numeric(20) NOT NULL,
    epoch bigint NOT NULL,
    leaf integer,
    message text NOT NULL,
    times integer NOT NULL DEFAULT 1,
    last_at timestamptz NOT NULL,
    id text NOT NULL GENERATED ALWAYS AS (batch_key || ' ' || fault) STORED,
    PRIMARY KEY (batch_key, fault)
  )`);
  await runner.query('CREATE INDEX cosign_refusals_by_time ON cosign_refusals (last_at DESC, id)');
}
