import { Redis } from 'ioredis';
import { connectionTarget } from './connection-target.js';

/** Connects once. @returns the server's version. @throws when it does not answer within 3 s. */
export async function probeRedis(url: string): Promise<string> {
  const client = new Redis(connectionTarget(url), {
    lazyConnect: true,
    connectTimeout: 3_000,
    retryStrategy: () => null,
  });
  let lastError: Error | undefined;
  client.on('error', (error) => {
    lastError = error;
  });
  try {
    await client.connect();
    return /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'unknown';
  } catch (error) {
    throw lastError ?? error;
  } finally {
    client.disconnect();
  }
}
