import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedRedis, type EmbeddedService, launchPostgres, launchRedis } from './embedded.js';

/** A server of the spec's own, for tests that take it down. `url` stays the same over restarts. */
export interface OwnServer {
  readonly url: string;
  /** SIGSTOP: what is sent to it stays unanswered. */
  halt(): void;
  /** SIGKILL and wait for the end. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its data. */
  dispose(): Promise<void>;
}

/** A PostgreSQL server for one spec file. Slower than `createTestDatabase` (0.8 s): only where an outage is tested. */
export function ownPostgres(): Promise<OwnServer> {
  return ownServer(async (dataDir) => {
    const server = await launchPostgres(dataDir);
    return { service: server, url: server.adminUrl };
  });
}

/** A Redis server for one spec file; starts in 20 ms. */
export function ownRedis(): Promise<OwnServer> {
  return ownServer(async (dataDir) => {
    const server: EmbeddedRedis = await launchRedis(dataDir);
    return { service: server, url: server.url };
  });
}

async function ownServer(
  launch: (dataDir: string) => Promise<{ service: EmbeddedService; url: string }>,
): Promise<OwnServer> {
  const folder = mkdtempSync(join(tmpdir(), 'chroom-own-'));
  let { service, url } = await launch(folder);
  return {
    url,
    halt() {
      service.signal('SIGSTOP');
    },
    async kill() {
      service.signal('SIGKILL');
      await service.end;
    },
    async start() {
      ({ service, url } = await launch(folder));
    },
    async dispose() {
      await service.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
