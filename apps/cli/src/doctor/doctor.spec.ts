import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestNetwork } from '@chroom/chain/testing';
import { createTestDatabase, ownRedis } from '@chroom/database/testing';
import { describe, expect, it } from '@jest/globals';
import type { CheckResult } from './check.js';
import { doctor } from './doctor.js';
import { checkNodeVersion } from './machine-checks.js';

async function diagnose(
  environment: Record<string, string>,
): Promise<{ code: number; checks: Map<string, CheckResult> }> {
  const printed: string[] = [];
  const code = await doctor(['--json'], { environment, print: (text) => printed.push(text) });
  const { checks } = JSON.parse(printed.join('')) as { checks: CheckResult[] };
  return { code, checks: new Map(checks.map((result) => [result.name, result])) };
}

describe('chroom doctor', () => {
  it('finds services that answer and ports that are free', async () => {
    const [database, redis, network] = await Promise.all([createTestDatabase(), ownRedis(), createTestNetwork()]);
    const { anvil, client } = network.chain;
    const registry = createServer((_request, response) => response.end('{"status":"ok"}'));
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    const port = (registry.address() as AddressInfo).port;
    const { checks } = await diagnose({
      CHROOM_ORCHESTRATOR_DATABASE_URL: database.url,
      CHROOM_ORCHESTRATOR_REDIS_URL: redis.url,
      CHROOM_SETTLEMENT_DATABASE_URL: database.url,
      CHROOM_SETTLEMENT_REDIS_URL: redis.url,
      CHROOM_RPC_URL: anvil.url,
      CHROOM_CHAIN_ID: String(await client.getChainId()),
      CHROOM_CORE_ADDRESS: network.contracts.core,
      CHROOM_REGISTRY_URL: `http://127.0.0.1:${port}`,
      CHROOM_NODE_UDP_PORT: '0',
      CHROOM_ORCHESTRATOR_PORT: String(port),
    });
    expect(checks.get('orchestrator database')).toMatchObject({
      state: 'ok',
      detail: expect.stringMatching(/^PostgreSQL 1/),
    });
    expect(checks.get('orchestrator Redis')).toMatchObject({ state: 'ok', detail: expect.stringMatching(/^Redis \d/) });
    expect(checks.get('settlement database')).toMatchObject({ state: 'ok' });
    expect(checks.get('settlement Redis')).toMatchObject({ state: 'ok' });
    expect(checks.get('registry')).toMatchObject({ state: 'ok', detail: 'ok' });
    expect(checks.get('chain')).toMatchObject({
      state: 'ok',
      detail: expect.stringContaining(network.contracts.core),
    });
    expect(checks.get('node UDP port')?.state).toBe('ok');
    expect(checks.get('orchestrator port')).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('in use'),
    });
    expect(checks.get('registry database')).toMatchObject({ state: 'skipped' });
    registry.close();
    await Promise.all([database.drop(), redis.dispose(), network.stop()]);
  }, 30_000);

  it('fails with the variable of what does not answer', async () => {
    const { code, checks } = await diagnose({
      CHROOM_ORCHESTRATOR_DATABASE_URL: 'postgres://nobody@/x?host=/nonexistent',
      CHROOM_ORCHESTRATOR_REDIS_URL: 'unix:///nonexistent/redis.sock',
      CHROOM_SETTLEMENT_DATABASE_URL: 'postgres://nobody@/x?host=/nonexistent',
      CHROOM_SETTLEMENT_REDIS_URL: 'unix:///nonexistent/redis.sock',
      CHROOM_REGISTRY_URL: 'http://127.0.0.1:9',
      CHROOM_RPC_URL: 'http://127.0.0.1:9',
      CHROOM_CORE_ADDRESS: `0x${'11'.repeat(20)}`,
    });
    expect(code).toBe(1);
    for (const [name, variable] of [
      ['orchestrator database', 'CHROOM_ORCHESTRATOR_DATABASE_URL'],
      ['orchestrator Redis', 'CHROOM_ORCHESTRATOR_REDIS_URL'],
      ['settlement database', 'CHROOM_SETTLEMENT_DATABASE_URL'],
      ['settlement Redis', 'CHROOM_SETTLEMENT_REDIS_URL'],
      ['registry', 'CHROOM_REGISTRY_URL'],
      ['chain', 'CHROOM_RPC_URL'],
    ] as const) {
      expect(checks.get(name)).toMatchObject({ state: 'failed', detail: expect.stringContaining(variable) });
    }
  }, 15_000);

  it('tells a chain without our contracts, or of another number, from one that is away', async () => {
    const network = await createTestNetwork();
    const chain = { CHROOM_RPC_URL: network.chain.anvil.url, CHROOM_CORE_ADDRESS: `0x${'11'.repeat(20)}` };
    const id = String(await network.chain.client.getChainId());
    const details = [];
    for (const wrong of [
      { ...chain, CHROOM_CHAIN_ID: id },
      { ...chain, CHROOM_CHAIN_ID: '5' },
      { CHROOM_RPC_URL: chain.CHROOM_RPC_URL },
    ]) {
      const { code, checks } = await diagnose(wrong);
      details.push([code, checks.get('chain')?.detail]);
    }
    await network.stop();
    expect(details).toEqual([
      [1, expect.stringContaining(chain.CHROOM_CORE_ADDRESS)],
      [1, expect.stringMatching(/Expected chain 5/)],
      [1, expect.stringContaining('CHROOM_CORE_ADDRESS')],
    ]);
  }, 30_000);

  it('prints a line for each check for people', async () => {
    const printed: string[] = [];
    await doctor([], { environment: {}, print: (text) => printed.push(text) });
    expect(printed[0]).toMatch(/^\+ node version +\d+\./);
    expect(printed).toContainEqual(expect.stringMatching(/^- registry +CHROOM_REGISTRY_URL is not set$/));
  });

  it.each(['20.19.0', '20.20.2', '22.0.0'])('takes Node %s', (version) => {
    expect(checkNodeVersion(version)).toBe(version);
  });

  it.each(['18.20.0', '20.18.3'])('refuses Node %s', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(/20.19.0 or later/);
  });
});
