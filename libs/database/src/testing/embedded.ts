/** A child process of tools/embedded. */
export interface EmbeddedService {
  readonly pid: number;
  signal(name: NodeJS.Signals): boolean;
  readonly end: Promise<unknown>;
  stop(): Promise<void>;
}

export interface EmbeddedPostgres extends EmbeddedService {
  readonly adminUrl: string;
}

export interface EmbeddedRedis extends EmbeddedService {
  readonly url: string;
}

/** The plain modules that `npm start` uses as well; they have no types and live outside the TypeScript project. */
const kToolsFolder = new URL('../../../../tools/embedded/', import.meta.url);

export async function launchPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const { startPostgres } = await import(new URL('postgres.mjs', kToolsFolder).href);
  // Specs kill it: what was committed must be there afterwards, though not after a power cut.
  return startPostgres({ dataDir, durable: true, settings: ['fsync=off'] });
}

export async function launchRedis(dataDir: string): Promise<EmbeddedRedis> {
  const { startRedis } = await import(new URL('redis.mjs', kToolsFolder).href);
  return startRedis({ dataDir, durable: false });
}
