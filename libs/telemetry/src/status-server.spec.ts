import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ProcessHealth } from './health.js';
import { Counter, createMetrics } from './metrics.js';
import { type StatusServer, startStatusServer } from './status-server.js';

describe('startStatusServer', () => {
  const health = new ProcessHealth();
  let server: StatusServer;
  let problem: string | undefined;
  health.check('registry', () => problem);
  beforeEach(async () => {
    const metrics = createMetrics('spec');
    new Counter({ name: 'spec_total', help: 'counts', registers: [metrics] }).inc(3);
    server = await startStatusServer({ host: '127.0.0.1', port: 0, metrics, health });
  });
  afterEach(() => server.close());
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  it('exposes own and process metrics', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toContain('spec_total{app="spec"} 3');
    expect(text).toContain('process_resident_memory_bytes');
  });

  it('names what is degraded and goes on answering 200', async () => {
    problem = 'the registry does not answer; calls go on';
    const response = await get('/health/ready');
    expect([response.status, await response.json()]).toEqual([
      200,
      { status: 'degraded', problems: { registry: problem } },
    ]);
    problem = undefined;
    expect(await (await get('/health/ready')).json()).toEqual({ status: 'ok', problems: {} });
  });

  it('is not ready while stopping, and lives', async () => {
    health.beginStop();
    expect((await get('/health/ready')).status).toBe(503);
    expect((await get('/health/live')).status).toBe(200);
  });

  it('answers 404 elsewhere and 405 to a POST of metrics', async () => {
    expect((await get('/secrets')).status).toBe(404);
    expect((await fetch(`http://127.0.0.1:${server.port}/metrics`, { method: 'POST' })).status).toBe(405);
  });
});
