import { type OwnServer, ownPostgres, ownRedis } from '@chroom/database/testing';
import { createLogger } from '@chroom/telemetry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoomServiceClient } from 'livekit-server-sdk';
import { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { type RunningOrchestrator, startOrchestrator } from './start-orchestrator.js';
import { kSpecApiKey, kSpecApiSecret, type TestSettings, testSettings } from './testing/test-settings.js';

interface Health {
  readonly status: string;
  readonly problems: Readonly<Record<string, string>>;
}

describe('the orchestrator while its services are down', () => {
  let postgres: OwnServer;
  let redis: OwnServer;
  let settings: TestSettings;
  let orchestrator: RunningOrchestrator;
  beforeAll(async () => {
    [postgres, redis] = await Promise.all([ownPostgres(), ownRedis()]);
    settings = await testSettings({ database: postgres.url, redis: redis.url });
    const logger = createLogger({ app: 'orchestrator', level: 'silent' });
    orchestrator = await startOrchestrator(
      OrchestratorSettings.fromEnvironment(settings.environment),
      logger,
      settings,
    );
  }, 30_000);
  afterAll(async () => {
    await orchestrator?.close();
    await settings.dispose();
    await Promise.all([postgres.dispose(), redis.dispose()]);
  }, 30_000);

  /** Asks until the health is as wanted. */
  const health = async (wanted: (health: Health) => boolean): Promise<Health> => {
    for (;;) {
      const answer = (await (await fetch(`${orchestrator.url}/healthz`)).json()) as Health;
      if (wanted(answer)) return answer;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const client = () => new RoomServiceClient(orchestrator.url, kSpecApiKey, kSpecApiSecret);

  it('serves what it knows without PostgreSQL, refuses the rest with 503, and recovers by itself', async () => {
    expect(await client().listRooms()).toEqual([]); // the key is known from now on
    await postgres.kill();
    const { problems } = await health((seen) => 'database' in seen.problems);
    expect(problems.database).toContain('CHROOM_ORCHESTRATOR_DATABASE_URL');
    expect(await client().listRooms()).toEqual([]);
    await expect(client().createRoom({ name: 'math' })).rejects.toMatchObject({ status: 503 });
    const stranger = new RoomServiceClient(orchestrator.url, 'APIstranger', kSpecApiSecret);
    await expect(stranger.listRooms()).rejects.toMatchObject({ status: 503 });
    await postgres.start();
    await health((seen) => !('database' in seen.problems));
    await expect(client().createRoom({ name: 'math' })).rejects.toMatchObject({ status: 429 }); // only nodes are missing
  }, 30_000);

  it('goes on without Redis and recovers by itself', async () => {
    await redis.kill();
    const { problems } = await health((seen) => 'redis' in seen.problems);
    expect(problems.redis).toContain('CHROOM_ORCHESTRATOR_REDIS_URL');
    expect(await client().listRooms()).toEqual([]);
    await redis.start();
    await health((seen) => !('redis' in seen.problems));
  }, 30_000);

  it('stops while both are down', async () => {
    await Promise.all([postgres.kill(), redis.kill()]);
    await orchestrator.close();
    await expect(fetch(`${orchestrator.url}/healthz`)).rejects.toThrow();
  }, 30_000);
});
