import 'reflect-metadata';
import { ChroomError } from '@chroom/protocol';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { withMigrationLock } from './migration-lock.js';

/** The database of one party (registry, orchestrator, a node's operator). Parties never share one. */
export interface PartyDatabaseOptions {
  /** Short name of the party, shown as `application_name` in pg_stat_activity. */
  readonly party: string;
  readonly url: string;
  /** The environment variable that `url` came from; error messages name it. */
  readonly urlVariable: string;
  readonly entities: NonNullable<DataSourceOptions['entities']>;
  /** Migration classes in order; run at boot, each in its own transaction. */
  readonly migrations: NonNullable<DataSourceOptions['migrations']>;
  /** Connections in the pool, 2..100. Default 10. */
  readonly poolSize?: number;
  /** Called when an idle connection breaks (server stopped or restarted). The pool reconnects by itself. */
  readonly onConnectionLost?: (error: Error) => void;
}

const kConnectTimeoutMs = 3_000;
const kStatementTimeoutMs = 10_000;
const kDefaultPoolSize = 10;

/**
 * Connects, brings the schema up to date and returns a DataSource that survives restarts of the server: each query
 * takes a live connection of the pool or fails with an error for which `isDatabaseOutage` is true.
 *
 * @throws ChroomError DATABASE_UNAVAILABLE when the server cannot be reached now, naming the variable to set.
 */
export async function openPartyDatabase(options: PartyDatabaseOptions): Promise<DataSource> {
  const url = options.url.replace(/^postgresql:/, 'postgres:');
  const shared = {
    type: 'postgres',
    url,
    applicationName: `chroom-${options.party}`,
    connectTimeoutMS: kConnectTimeoutMs,
    synchronize: false,
    logging: false,
    poolErrorHandler: (error: unknown) => options.onConnectionLost?.(error as Error),
  } as const;
  try {
    // Migrations may take long and run without statement timeouts, on a pool of their own.
    await withMigrationLock(url, options.party, async () => {
      const migrator = new DataSource({ ...shared, poolSize: 1, migrations: options.migrations });
      await migrator.initialize();
      await migrator.runMigrations({ transaction: 'each' }).finally(() => migrator.destroy());
    });
    const source = new DataSource({
      ...shared,
      entities: options.entities,
      poolSize: options.poolSize ?? kDefaultPoolSize,
      extra: { statement_timeout: kStatementTimeoutMs, query_timeout: kStatementTimeoutMs + 2_000, keepAlive: true },
    });
    return await source.initialize();
  } catch (cause) {
    throw databaseUnavailable(options.urlVariable, cause);
  }
}

/** The coded error for a database that does not answer; `urlVariable` is the setting that names it. */
export function databaseUnavailable(urlVariable: string, cause: unknown): ChroomError {
  const { message, code } = (cause ?? {}) as { message?: string; code?: string };
  const reason = message || code || String(cause);
  return new ChroomError(
    'DATABASE_UNAVAILABLE',
    `expected a PostgreSQL server at the URL in ${urlVariable}, got "${reason}"; start it or correct ${urlVariable}`,
    { cause },
  );
}
