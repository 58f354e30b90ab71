import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Everything that the first version keeps: access, room leases, allocations, sessions, webhook outbox. */
export class CreateOrchestrator1763856000000 implements MigrationInterface {
  readonly name = 'CreateOrchestrator1763856000000';

  async up(runner: QueryRunner): Promise<void> {
    await createAccess(runner);
    await createOwnership(runner);
    await createPlacement(runner);
    await createSessions(runner);
    await createWebhooks(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE webhook_deliveries, webhook_endpoints, sessions, allocations, room_leases, api_keys, projects',
    );
    await runner.query('DROP SEQUENCE room_fencing_tokens');
  }
}

async function createAccess(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE projects (
    id text PRIMARY KEY,
    name text NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now()
  )`);
  await runner.query(`CREATE TABLE api_keys (
    api_key text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects (id),
    sealed_secret bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
  )`);
  await runner.query('CREATE INDEX api_keys_by_project ON api_keys (project_id, created_at)');
}

async function createOwnership(runner: QueryRunner): Promise<void> {
  await runner.query('CREATE SEQUENCE room_fencing_tokens AS bigint');
  await runner.query(`CREATE TABLE room_leases (
    project_id text NOT NULL,
    room_name text NOT NULL,
    owner_id numeric(20) NOT NULL,
    instance_id text NOT NULL,
    fencing_token bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (project_id, room_name)
  )`);
  await runner.query('CREATE INDEX room_leases_by_expiry ON room_leases (expires_at)');
}

async function createPlacement(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE allocations (
    id text PRIMARY KEY,
    project_id text NOT NULL,
    room_name text NOT NULL,
    room_sid text NOT NULL,
    node_id numeric(20) NOT NULL,
    inputs jsonb NOT NULL,
    inputs_hash text NOT NULL,
    reasons text[] NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    released_at timestamptz
  )`);
  await runner.query('CREATE INDEX allocations_by_time ON allocations (created_at DESC, id)');
  await runner.query('CREATE INDEX allocations_by_room ON allocations (room_sid)');
  await runner.query('CREATE INDEX allocations_by_name ON allocations (project_id, room_name)');
}

async function createSessions(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE sessions (
    sid text PRIMARY KEY,
    project_id text NOT NULL,
    room_sid text NOT NULL,
    room_name text NOT NULL,
    identity text NOT NULL,
    node_id numeric(20) NOT NULL,
    joined_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    left_at timestamptz,
    end_reason text,
    rx_bytes numeric(20) NOT NULL DEFAULT 0,
    tx_bytes numeric(20) NOT NULL DEFAULT 0,
    rx_packets numeric(20) NOT NULL DEFAULT 0,
    tx_packets numeric(20) NOT NULL DEFAULT 0,
    active_seconds integer NOT NULL DEFAULT 0
  )`);
  await runner.query('CREATE INDEX sessions_by_project ON sessions (project_id, joined_at DESC, sid)');
  await runner.query('CREATE INDEX sessions_open ON sessions (last_seen_at) WHERE left_at IS NULL');
}

async function createWebhooks(runner: QueryRunner): Promise<void> {
  await runner.query(`CREATE TABLE webhook_endpoints (
    id text PRIMARY KEY,
    project_id text NOT NULL REFERENCES projects (id),
    url text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`);
  await runner.query('CREATE INDEX webhook_endpoints_by_project ON webhook_endpoints (project_id, created_at)');
  await runner.query(`CREATE TABLE webhook_deliveries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text NOT NULL,
    endpoint_id text NOT NULL REFERENCES webhook_endpoints (id) ON DELETE CASCADE,
    room_sid text NOT NULL,
    api_key text NOT NULL,
    body bytea NOT NULL,
    state text NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'delivered', 'dead')),
    attempts integer NOT NULL DEFAULT 0,
    last_error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    UNIQUE (endpoint_id, event_id)
  )`);
  await runner.query(`CREATE INDEX webhook_deliveries_ready ON webhook_deliveries (endpoint_id, room_sid, number)
    WHERE state = 'ready'`);
}
