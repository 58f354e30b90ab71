import { createTestDatabase, type OwnServer, ownRedis, type TestDatabase } from '@chroom/database/testing';
import { createLogger } from '@chroom/telemetry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoomServiceClient } from 'livekit-server-sdk';
import pg from 'pg';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { type RunningOrchestrator, startOrchestrator } from '../start-orchestrator.js';
import {
  kSpecAdminToken,
  kSpecApiKey,
  kSpecApiSecret,
  type TestSettings,
  testSettings,
} from '../testing/test-settings.js';

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: JSON of many shapes, asserted by the tests
  readonly body: any;
}

describe('the admin API', () => {
  let database: TestDatabase;
  let redis: OwnServer;
  let settings: TestSettings;
  let orchestrator: RunningOrchestrator;
  let projectId: string;
  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), ownRedis()]);
    settings = await testSettings({ database: database.url, redis: redis.url });
    const logger = createLogger({ app: 'orchestrator', level: 'silent' });
    orchestrator = await startOrchestrator(
      OrchestratorSettings.fromEnvironment(settings.environment),
      logger,
      settings,
    );
    projectId = (await call('GET', '/projects')).body.items[0].id;
  }, 30_000);
  afterAll(async () => {
    await orchestrator?.close();
    await settings.dispose();
    await Promise.all([database.drop(), redis.dispose()]);
  });

  const call = async (method: string, path: string, body?: object, token = kSpecAdminToken): Promise<Answer> => {
    const response = await fetch(`${orchestrator.url}/admin/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
  };
  const sql = async (statement: string, values: unknown[]) => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query(statement, values).finally(() => client.end());
  };

  it('refuses callers without the admin token', async () => {
    expect(await call('GET', '/projects', undefined, 'wrong')).toMatchObject({
      status: 401,
      body: { code: 'TOKEN_INVALID' },
    });
    const bare = await fetch(`${orchestrator.url}/admin/v1/nodes`);
    expect([bare.status, await bare.json()]).toMatchObject([401, { code: 'TOKEN_MISSING' }]);
  });

  it('makes projects, and keys whose tokens work at once and not after their revocation', async () => {
    const project = await call('POST', '/projects', { name: 'school' });
    expect(project).toMatchObject({ status: 201, body: { name: 'school' } });
    const keys = `/projects/${project.body.id}/keys`;
    const { status, body } = await call('POST', keys);
    expect(status).toBe(201);
    const client = new RoomServiceClient(orchestrator.url, body.apiKey, body.apiSecret);
    expect(await client.listRooms()).toEqual([]);
    expect(JSON.stringify((await call('GET', keys)).body)).not.toContain(body.apiSecret);
    expect((await call('DELETE', `${keys}/${body.apiKey}`)).status).toBe(204);
    await expect(client.listRooms()).rejects.toMatchObject({ status: 401 });
    expect((await call('GET', keys)).body.items[0].revokedAt).not.toBeNull();
  });

  it.each([
    ['POST', '/projects', { name: '' }, 400, 'INVALID_ARGUMENT'],
    ['POST', '/projects', { name: 'x', admin: true }, 400, 'INVALID_ARGUMENT'],
    ['POST', '/projects', { name: 'default' }, 409, 'ALREADY_EXISTS'],
    ['GET', '/projects/PR_none', undefined, 404, 'PROJECT_UNKNOWN'],
    ['POST', '/projects/PR_none/keys', undefined, 404, 'PROJECT_UNKNOWN'],
    ['DELETE', '/projects/PR_none/keys/API', undefined, 404, 'API_KEY_UNKNOWN'],
    ['POST', '/projects/PR_none/webhooks', { url: 'http://x' }, 404, 'PROJECT_UNKNOWN'],
    ['POST', '/projects/PR_none/webhooks', { url: 'ftp://x' }, 400, 'INVALID_ARGUMENT'],
    ['GET', '/projects?limit=1000', undefined, 400, 'INVALID_ARGUMENT'],
    ['GET', '/projects?cursor=nonsense', undefined, 400, 'INVALID_ARGUMENT'],
    ['GET', '/nodes/7', undefined, 404, 'NODE_UNKNOWN'],
    ['GET', '/nodes/seven', undefined, 404, 'NODE_UNKNOWN'],
    ['GET', '/allocations/AL_none', undefined, 404, 'ALLOCATION_UNKNOWN'],
    ['GET', '/nothing', undefined, 404, 'UNIMPLEMENTED'],
  ])('answers %s %s %j with %i %s', async (method, path, body, status, code) => {
    expect(await call(method, path, body)).toMatchObject({ status, body: { code, message: expect.any(String) } });
  });

  it('pages through projects, newest first, each once', async () => {
    for (const name of ['one', 'two', 'three']) await call('POST', '/projects', { name });
    const names: string[] = [];
    let cursor = '';
    do {
      const { body } = await call('GET', `/projects?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      names.push(...body.items.map((project: { name: string }) => project.name));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    expect(names.slice(0, 3)).toEqual(['three', 'two', 'one']);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('default');
  });

  it('keeps webhooks of a project', async () => {
    const path = `/projects/${projectId}/webhooks`;
    const { body } = await call('POST', path, { url: 'https://app.test/hook' });
    expect((await call('GET', path)).body.items).toMatchObject([{ id: body.id, url: 'https://app.test/hook' }]);
    expect((await call('DELETE', `${path}/${body.id}`)).status).toBe(204);
    expect((await call('GET', path)).body.items).toEqual([]);
  });

  it('lists nodes and rooms', async () => {
    expect((await call('GET', '/nodes')).body).toEqual({ items: [] });
    expect((await call('GET', `/projects/${projectId}/rooms`)).body).toEqual({ items: [] });
    const gone = await call('DELETE', `/projects/${projectId}/rooms/none`);
    expect(gone).toMatchObject({ status: 404, body: { code: 'ROOM_UNKNOWN' } });
  });

  it('refuses a room when there is no node, with 429 for server SDKs', async () => {
    const client = new RoomServiceClient(orchestrator.url, kSpecApiKey, kSpecApiSecret);
    await expect(client.createRoom({ name: 'math' })).rejects.toMatchObject({ status: 429 });
  });

  it('shows allocations of a room with their reasons, and notices inputs that were changed', async () => {
    const inputs = { version: 1, seed: 'RM_a', demand: {}, nodes: [], refusals: [] };
    await sql(
      `INSERT INTO allocations (id, project_id, room_name, room_sid, node_id, inputs, inputs_hash, reasons)
       VALUES ('AL_1', 'PR', 'math', 'RM_a', 7, $1, 'other', '{because}'), ('AL_2', 'PR', 'art', 'RM_b', 7, $1, '', '{}')`,
      [JSON.stringify({ ...inputs, demand: { egressBps: '1', packetsPerSecond: '1', sessions: 1, region: '' } })],
    );
    const { body } = await call('GET', '/allocations?room=math');
    expect(body.items).toMatchObject([{ id: 'AL_1', nodeId: '7', reasons: ['because'] }]);
    expect((await call('GET', '/allocations?room=RM_b')).body.items).toMatchObject([{ id: 'AL_2' }]);
    expect((await call('GET', '/allocations/AL_1')).body).toMatchObject({ verified: false, replayedNodeId: null });
  });

  it('filters sessions by project, room and presence', async () => {
    await sql(
      `INSERT INTO sessions (sid, project_id, room_sid, room_name, identity, node_id, joined_at, last_seen_at, left_at, rx_bytes)
       VALUES ('PA_1', 'PR_x', 'RM_a', 'math', 'ada', 7, now(), now(), NULL, 18000000000000000000),
              ('PA_2', 'PR_x', 'RM_a', 'math', 'bob', 7, now() - interval '1 h', now(), now(), 1)`,
      [],
    );
    const sids = async (query: string) =>
      (await call('GET', `/sessions?${query}`)).body.items.map((session: { sid: string }) => session.sid);
    expect(await sids('project=PR_x')).toEqual(['PA_1', 'PA_2']);
    expect(await sids('room=math&open=true')).toEqual(['PA_1']);
    expect(await sids('room=RM_a&open=false')).toEqual(['PA_2']);
    expect((await call('GET', '/sessions?open=true')).body.items[0].rxBytes).toBe('18000000000000000000');
    expect((await call('GET', '/sessions?open=perhaps')).status).toBe(400);
  });

  it('describes itself as OpenAPI', async () => {
    const document = await (await fetch(`${orchestrator.url}/admin/v1/openapi.json`)).json();
    const { paths } = document as { paths: Record<string, unknown> };
    expect(Object.keys(paths).sort()).toEqual([
      '/admin/v1/allocations',
      '/admin/v1/allocations/{id}',
      '/admin/v1/nodes',
      '/admin/v1/nodes/{nodeId}',
      '/admin/v1/payments/batch-refusals',
      '/admin/v1/payments/batches',
      '/admin/v1/payments/fund',
      '/admin/v1/payments/grants',
      '/admin/v1/payments/receipts',
      '/admin/v1/payments/refused-reports',
      '/admin/v1/projects',
      '/admin/v1/projects/{projectId}',
      '/admin/v1/projects/{projectId}/keys',
      '/admin/v1/projects/{projectId}/keys/{apiKey}',
      '/admin/v1/projects/{projectId}/rooms',
      '/admin/v1/projects/{projectId}/rooms/{roomName}',
      '/admin/v1/projects/{projectId}/webhooks',
      '/admin/v1/projects/{projectId}/webhooks/{id}',
      '/admin/v1/sessions',
    ]);
  });

  it('takes few wrong tokens of one address, and the right one all the same', async () => {
    const statuses = new Set<number>();
    for (let guess = 0; guess < 30; guess += 1)
      statuses.add((await call('GET', '/nodes', undefined, `no-${guess}`)).status);
    expect([...statuses]).toEqual([401, 429]);
    expect((await call('GET', '/nodes')).status).toBe(200);
  });
});
