import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Hashes, keys and addresses are lower-case 0x texts: they are read by people and by SQL alike. */
const statements = [
  `CREATE TABLE network_facts (
     core text PRIMARY KEY,
     facts jsonb NOT NULL
   )`,
  `CREATE TABLE kept_receipt (
     grant_hash text NOT NULL,
     epoch bigint NOT NULL,
     node_id numeric(20, 0) NOT NULL,
     orch_id numeric(20, 0) NOT NULL,
     seq bigint NOT NULL,
     leaf bytea NOT NULL,
     verified boolean NOT NULL,
     received_at timestamptz NOT NULL DEFAULT now(),
     PRIMARY KEY (grant_hash, epoch)
   )`,
  'CREATE INDEX kept_receipt_batch ON kept_receipt (node_id, orch_id, epoch)',
  `COMMENT ON TABLE kept_receipt IS 'the receipt with the highest seq of each grant and epoch, as a packed leaf'`,
  `COMMENT ON COLUMN kept_receipt.verified IS 'false: the chain was away, keys of an earlier epoch fitted; checked again before the batch is sealed'`,
  `CREATE TABLE leaf_file (
     hash text PRIMARY KEY,
     bytes bytea NOT NULL,
     delete_after timestamptz
   )`,
  `COMMENT ON COLUMN leaf_file.delete_after IS 'settlement + 24 h; null until then'`,
  `CREATE TABLE batch (
     key text PRIMARY KEY,
     node_id numeric(20, 0) NOT NULL,
     orch_id numeric(20, 0) NOT NULL,
     epoch bigint NOT NULL,
     header jsonb NOT NULL,
     header_hash text NOT NULL,
     node_signature text NOT NULL,
     orch_signature text,
     stage text NOT NULL CHECK (stage IN ('sealed', 'authorised', 'submitted', 'settling', 'settled', 'released', 'dead')),
     cosign_attempts integer NOT NULL DEFAULT 0,
     next_try_at timestamptz NOT NULL DEFAULT now(),
     submitted_at_sec bigint,
     note text,
     sealed_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (node_id, orch_id, epoch)
   )`,
  'CREATE INDEX batch_stage ON batch (stage, node_id)',
  `COMMENT ON COLUMN batch.orch_signature IS 'null until authorised; 0x: a solo batch'`,
  `CREATE TABLE outbox (
     key text PRIMARY KEY,
     kind text NOT NULL CHECK (kind IN ('submit', 'settle', 'claim')),
     node_id numeric(20, 0) NOT NULL,
     batch_keys text[] NOT NULL,
     state text NOT NULL CHECK (state IN ('ready', 'signed', 'mined', 'final', 'dead')),
     sender text,
     nonce bigint,
     mined_hash text,
     mined_block bigint,
     mined_block_hash text,
     attempts integer NOT NULL DEFAULT 0,
     next_try_at timestamptz NOT NULL DEFAULT now(),
     note text,
     created_at timestamptz NOT NULL DEFAULT now(),
     UNIQUE (sender, nonce),
     CHECK ((state IN ('signed', 'mined')) <= (nonce IS NOT NULL))
   )`,
  `CREATE INDEX outbox_open ON outbox (state, next_try_at) WHERE state IN ('ready', 'signed', 'mined')`,
  `COMMENT ON TABLE outbox IS 'what shall be on the chain, one row per intended transaction'`,
  `CREATE TABLE outbox_transaction (
     hash text PRIMARY KEY,
     outbox_key text NOT NULL REFERENCES outbox (key),
     nonce bigint NOT NULL,
     raw text NOT NULL,
     max_fee numeric(78, 0) NOT NULL,
     tip numeric(78, 0) NOT NULL,
     stored_at timestamptz NOT NULL DEFAULT clock_timestamp()
   )`,
  'CREATE INDEX outbox_transaction_key ON outbox_transaction (outbox_key, stored_at)',
  `COMMENT ON TABLE outbox_transaction IS 'signed bytes, stored before anybody else sees them; the newest of a row counts'`,
  `CREATE TABLE sender (
     address text PRIMARY KEY,
     next_nonce bigint NOT NULL,
     fence bigint NOT NULL
   )`,
  `COMMENT ON COLUMN sender.fence IS 'grows with each process that takes the key; an older process can sign nothing'`,
];

export class CreateSettlement1763900000000 implements MigrationInterface {
  readonly name = 'CreateSettlement1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of statements) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [
      'outbox_transaction',
      'outbox',
      'sender',
      'batch',
      'leaf_file',
      'kept_receipt',
      'network_facts',
    ]) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
