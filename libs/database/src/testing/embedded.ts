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
  return (await tools()).startPostgres({ dataDir, durable: false });
}

export async function launchRedis(dataDir: string): Promise<EmbeddedRedis> {
  return (await tools()).startRedis({ dataDir, durable: false });
}

interface Tools {
  startPostgres(options: { dataDir: string; durable: boolean }): Promise<EmbeddedPostgres>;
  startRedis(options: { dataDir: string; durable: boolean }): Promise<EmbeddedRedis>;
}

let loading: Promise<Tools> | undefined;

/** One after the other: Jest cannot link two modules at once that import the same third one. */
function tools(): Promise<Tools> {
  loading ??= (async () => {
    const { startPostgres } = await import(new URL('postgres.mjs', kToolsFolder).href);
    const { startRedis } = await import(new URL('redis.mjs', kToolsFolder).href);
    return { startPostgres, startRedis };
  })();
  return loading;
}
