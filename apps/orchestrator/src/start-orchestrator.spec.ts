import { createTestDatabase, type OwnServer, ownRedis, type TestDatabase } from '@chroom/database/testing';
import { createLogger } from '@chroom/telemetry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrchestratorSettings } from './configuration/orchestrator-settings.js';
import { type RunningOrchestrator, startOrchestrator } from './start-orchestrator.js';
import { type TestSettings, testSettings } from './testing/test-settings.js';

const logger = createLogger({ app: 'orchestrator', level: 'silent' });

describe('the orchestrator process', () => {
  let database: TestDatabase;
  let redis: OwnServer;
  let settings: TestSettings;
  let orchestrator: RunningOrchestrator;
  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), ownRedis()]);
    settings = await testSettings({ database: database.url, redis: redis.url });
    orchestrator = await startOrchestrator(
      OrchestratorSettings.fromEnvironment(settings.environment),
      logger,
      settings,
    );
  }, 30_000);
  afterAll(async () => {
    await orchestrator?.close();
    await settings.dispose();
    await Promise.all([database.drop(), redis.dispose()]);
  });

  it('serves without a registry, and says how it is', async () => {
    const health = await fetch(`${orchestrator.url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ status: expect.stringMatching(/ok|degraded/) });
  });

  it('exposes Prometheus metrics', async () => {
    const text = await (await fetch(`${orchestrator.url}/metrics`)).text();
    expect(text).toContain('process_cpu_user_seconds_total{app="orchestrator"}');
    for (const name of ['room_leases', 'sessions', 'unstored_webhooks']) {
      expect(text).toContain(`chroom_orchestrator_${name}{app="orchestrator"} 0`);
    }
  });

  it('takes request headers of 60 kB', async () => {
    const answer = await fetch(`${orchestrator.url}/healthz`, { headers: { 'x-long': 'x'.repeat(60_000) } });
    expect(answer.status).toBe(200);
  });

  it.each([
    ['CHROOM_ORCHESTRATOR_DATABASE_URL', 'postgres://nobody@/x?host=/nonexistent', 'DATABASE_UNAVAILABLE'],
    ['CHROOM_ORCHESTRATOR_REDIS_URL', 'unix:///nonexistent/redis.sock', 'QUEUE_UNAVAILABLE'],
    ['CHROOM_RPC_URL', 'http://127.0.0.1:9', 'CHAIN_UNAVAILABLE'],
    ['CHROOM_CORE_ADDRESS', 'core', 'SETTING_INVALID'],
    ['CHROOM_ORCHESTRATOR_SIGNER_KEY_FILE', '/nonexistent', 'SETTING_INVALID'],
    ['CHROOM_SECRETS_KEY', 'short', 'SETTING_INVALID'],
    ['CHROOM_ADMIN_TOKEN', 'short', 'SETTING_INVALID'],
    ['CHROOM_BOOTSTRAP_API_SECRET', 'short', 'SETTING_INVALID'],
    ['CHROOM_ORCHESTRATOR_ID', '', 'SETTING_INVALID'],
  ])('does not start with a wrong %s, and names it', async (name, value, code) => {
    const environment = { ...settings.environment, [name]: value };
    const starting = (async () => startOrchestrator(OrchestratorSettings.fromEnvironment(environment), logger))();
    await expect(starting).rejects.toMatchObject({ code, message: expect.stringContaining(name) });
  });
});
