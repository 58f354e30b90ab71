import pg from 'pg';

/** Any fixed number; every process that migrates one database takes the same lock. */
const kMigrationLockKey = 7_243_921_188;
const kLockTimeoutMs = 60_000;

/** Runs `migrate` while holding the database's migration lock, so that processes that boot together migrate once. */
export async function withMigrationLock(url: string, party: string, migrate: () => Promise<void>): Promise<void> {
  const client = new pg.Client({
    connectionString: url,
    application_name: `chroom-${party}-migrations`,
    connectionTimeoutMillis: 3_000,
  });
  // Without a listener a lost server ends the process; the query in flight reports the loss as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(`SET lock_timeout = ${kLockTimeoutMs}`);
    await client.query('SELECT pg_advisory_lock($1)', [kMigrationLockKey]);
    await migrate();
  } finally {
    await client.end().catch(() => undefined);
  }
}
