import { fixedNetwork } from '@chroom/chain/testing';
import { createTestDatabase, type OwnServer, ownPostgres, type TestDatabase } from '@chroom/database/testing';
import { AnnouncedMembers, FixedMemberDirectory, MemberAnnouncer, noLoad, type WatchStep } from '@chroom/protocol';
import { createLogger } from '@chroom/telemetry';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RegistryClock } from './roster/registry-clock.js';
import { readRegistrySettings } from './settings.js';
import { type RunningRegistry, startRegistry } from './start-registry.js';
import { CHAIN_ID, describeMember, listed, registryAt, signedJson, testMember } from './testing/network.js';

const node = testMember(1, 'node');
const orchestrator = testMember(2, 'orchestrator');
const gone = testMember(3, 'node', false);
const stranger = testMember(9, 'node');
const network = await fixedNetwork([node, orchestrator, gone].map(listed));
const logger = createLogger({ app: 'spec', level: 'silent' });

/** Silence does not pass: a busy machine changes no state. */
const frozenClock: RegistryClock = { nowMs: () => Date.now(), monotonicMs: () => 0 };

function start(
  databaseUrl: string,
  environment: Record<string, string> = {},
  clock?: RegistryClock,
): Promise<RunningRegistry> {
  const settings = readRegistrySettings({
    CHROOM_REGISTRY_DATABASE_URL: databaseUrl,
    CHROOM_REGISTRY_PORT: '0',
    CHROOM_RPC_URL: 'http://127.0.0.1:9',
    CHROOM_CORE_ADDRESS: node.signer,
    ...environment,
  });
  return startRegistry(settings, logger, { network, ...(clock ? { clock } : {}) });
}

describe('registry', () => {
  let database: TestDatabase;
  let registry: RunningRegistry;
  let api: ReturnType<typeof registryAt>;
  beforeEach(async () => {
    database = await createTestDatabase();
    registry = await start(database.url, {}, frozenClock);
    api = registryAt(registry.url);
  }, 30_000);
  afterEach(async () => {
    await registry.close();
    await database.drop();
  });

  it('shows a node that announced itself, live from its first heartbeat on', async () => {
    const accepted = await api.announce(await signedJson(node));
    expect((await api.get('/v1/nodes?live=true')).body.members).toEqual([]);
    expect((await api.beat(accepted, 1)).body).toEqual({ state: 'live' });
    expect((await api.get('/v1/nodes?live=true&region=eu')).body.members).toEqual([
      expect.objectContaining({ id: '1', state: 'live', controlUrl: 'https://127.0.0.1:7001', version: '0.1.0' }),
    ]);
    expect((await api.get('/v1/nodes?region=us')).body.members).toEqual([]);
    expect((await api.get('/v1/orchestrators')).body.members).toEqual([]);
  });

  it('refuses an announcement that another key signed', async () => {
    const answer = await api.announce(await signedJson(node, {}, stranger.signerKey));
    expect([answer.status, answer.body.code]).toEqual([401, 'ANNOUNCEMENT_UNSIGNED']);
  });

  it('refuses an announcement that was changed after it was signed', async () => {
    const json = await signedJson(node);
    json.announcement.controlUrl = 'https://evil.example:1';
    expect((await api.announce(json)).body.code).toBe('ANNOUNCEMENT_UNSIGNED');
  });

  it('refuses one that has no signature, and one with a field too many', async () => {
    const { announcement, signature } = await signedJson(node);
    expect((await api.announce({ announcement })).body.code).toBe('INVALID_ARGUMENT');
    expect((await api.announce({ announcement: { ...announcement, admin: true }, signature })).status).toBe(400);
  });

  it('refuses the same announcement twice, and an older one', async () => {
    const first = await signedJson(node, { sequence: 5n });
    expect((await api.announce(first)).status).toBe(200);
    const again = await api.announce(first);
    expect([again.status, again.body.code]).toEqual([409, 'ANNOUNCEMENT_REPLAYED']);
    expect((await api.announce(await signedJson(node, { sequence: 4n }))).body.code).toBe('ANNOUNCEMENT_REPLAYED');
  });

  it('admits only one of two equal announcements that arrive together', async () => {
    const json = await signedJson(node, { sequence: 7n });
    const answers = await Promise.all([api.announce(json), api.announce(json)]);
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409]);
  });

  it('refuses replays also after a restart', async () => {
    const json = await signedJson(node, { sequence: 8n });
    await api.announce(json);
    await registry.close();
    registry = await start(database.url, {}, frozenClock);
    const answer = await registryAt(registry.url).announce(json);
    expect(answer.body.code).toBe('ANNOUNCEMENT_REPLAYED');
    expect((await registryAt(registry.url).get('/v1/nodes')).body.members).toEqual([
      expect.objectContaining({ id: '1', state: 'suspect' }),
    ]);
  });

  it('refuses members it does not know, that left, or that are of another kind', async () => {
    const answers = await Promise.all([
      api.announce(await signedJson(stranger)),
      api.announce(await signedJson(gone)),
      api.announce(await signedJson(node, { kind: 'orchestrator' })),
    ]);
    expect(answers.map((answer) => [answer.status, answer.body.code])).toEqual(Array(3).fill([403, 'MEMBER_UNKNOWN']));
  });

  it('refuses an announcement signed two minutes ago or ahead', async () => {
    const past = await api.announce(await signedJson(node, { issuedAtMs: Date.now() - 120_000 }));
    const future = await api.announce(await signedJson(node, { issuedAtMs: Date.now() + 120_000 }));
    expect([past.body.code, future.body.code]).toEqual(['ANNOUNCEMENT_STALE', 'ANNOUNCEMENT_STALE']);
  });

  it('refuses a body that is too large or no JSON, with a code', async () => {
    const large = await api.post('/v1/announcements', { text: 'x'.repeat(20_000) });
    const broken = await api.post('/v1/announcements', '{"announcement":');
    expect([large.status, large.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
    expect([broken.status, broken.body.code]).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('resumes a watch stream by cursor without telling again what was told', async () => {
    const accepted = await api.announce(await signedJson(node, { sequence: BigInt(Date.now()) }));
    const { cursor } = (await api.get('/v1/nodes')).body as { cursor: string };
    await api.beat(accepted, 1);
    const events = await readEvents(`${registry.url}/v1/nodes/watch?cursor=${cursor}`, 2);
    expect(events).toEqual([{ type: 'ready' }, expect.objectContaining({ type: 'upsert' })]);
    expect((events[1] as { member: { state: string } }).member.state).toBe('live');
  });

  it('starts over with a reset when the cursor is not of this registry', async () => {
    const events = await readEvents(`${registry.url}/v1/nodes/watch?cursor=0123456789ab-4`, 1);
    expect(events).toEqual([{ type: 'reset' }]);
  });

  it('serves OpenAPI, metrics and health', async () => {
    await api.announce({});
    const document = (await api.get('/docs-json')).body as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/announcements', '/v1/heartbeats', '/v1/nodes', '/v1/nodes/watch', '/v1/members']),
    );
    expect((await fetch(`${registry.url}/docs`)).status).toBe(200);
    const metrics = await (await fetch(`${registry.url}/metrics`)).text();
    expect(metrics).toContain('chroom_registry_announcements_total{result="INVALID_ARGUMENT",app="registry"} 1');
    expect((await api.get('/health/ready')).body).toEqual({ status: 'ok', problems: {} });
  });

  it('shows the members it knows', async () => {
    const { members } = (await api.get('/v1/members')).body as { members: { id: string; active: boolean }[] };
    expect(members.map((member) => [member.id, member.active])).toEqual([
      ['1', true],
      ['2', true],
      ['3', false],
    ]);
  });
});

describe('registry with its clients', () => {
  let database: TestDatabase;
  let registry: RunningRegistry;
  const ending: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  beforeEach(async () => {
    registry = await start(database.url);
  });
  afterEach(async () => {
    await Promise.all(ending.splice(0).map((end) => end()));
    await registry.close();
  });
  afterAll(() => database.drop());

  const announcer = (registryUrl: string, changes = {}) => {
    const member = new MemberAnnouncer({
      registryUrl,
      chainId: CHAIN_ID,
      signerKey: () => node.signerKey,
      describe: () => describeMember(node, changes),
      health: () => 'ok',
      load: () => noLoad,
    });
    ending.push(() => member.stop());
    member.start();
    return member;
  };
  const watcher = (registryUrl: string, onStep?: (step: WatchStep) => void) => {
    const directory = new FixedMemberDirectory([listed(node), listed(orchestrator)]);
    const watch = new AnnouncedMembers({ registryUrl, kind: 'node', chainId: CHAIN_ID, directory, onStep });
    ending.push(() => watch.stop());
    watch.start();
    return {
      watch,
      directory,
      until: (isSo: () => boolean) =>
        new Promise<void>((resolve) => {
          const check = () => {
            if (!isSo()) return;
            unsubscribe();
            resolve();
          };
          const unsubscribe = watch.onChange(check);
          check();
        }),
    };
  };

  it('tells watchers that a node is dead within 3 s of its last heartbeat', async () => {
    const { watch, until } = watcher(registry.url);
    const member = announcer(registry.url);
    await until(() => watch.find(node.id)?.state === 'live');
    await member.stop();
    const stoppedAtMs = performance.now();
    await until(() => watch.find(node.id)?.state === 'dead');
    expect(performance.now() - stoppedAtMs).toBeLessThan(3000);
  }, 15_000);

  it('is found again by nodes and watchers after a restart, and known nodes stay in use meanwhile', async () => {
    const { watch, until } = watcher(registry.url);
    announcer(registry.url);
    await until(() => watch.find(node.id)?.state === 'live');
    const firstSequence = watch.find(node.id)!.signed.announcement.sequence;
    const port = new URL(registry.url).port;
    await registry.close();
    expect(watch.find(node.id)?.controlUrl).toBe('https://127.0.0.1:7001');
    registry = await start(database.url, { CHROOM_REGISTRY_PORT: port });
    await until(() => watch.find(node.id)!.signed.announcement.sequence > firstSequence);
    await until(() => watch.find(node.id)?.state === 'live');
  }, 20_000);

  it('does not believe the registry about members that left', async () => {
    const { watch, directory, until } = watcher(registry.url);
    announcer(registry.url);
    await until(() => watch.find(node.id) !== undefined);
    directory.replace([{ ...listed(node), active: false }]);
    expect([watch.find(node.id), watch.list()]).toEqual([undefined, []]);
  }, 15_000);
});

describe('registry bounds', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('answers 429 with a code to an address that asks too often', async () => {
    const registry = await start(database.url, { CHROOM_REGISTRY_REQUESTS_PER_SECOND: '1' });
    const answers = await Promise.all(Array.from({ length: 8 }, () => fetch(`${registry.url}/v1/nodes`)));
    const refused = answers.filter((answer) => answer.status === 429);
    expect(refused.length).toBeGreaterThanOrEqual(5);
    expect(await refused[0]!.json()).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await registry.close();
  });

  it('names the variable when the database does not answer at the start', async () => {
    await expect(start('postgres://nobody@127.0.0.1:1/nothing')).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('CHROOM_REGISTRY_DATABASE_URL'),
    });
  });
});

describe('registry whose database goes away', () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await ownPostgres();
  }, 30_000);
  afterAll(() => server.dispose());

  it('serves from memory, and stores what it accepted when the database is back', async () => {
    const registry = await start(server.url);
    const api = registryAt(registry.url);
    await server.kill();
    const sequence = BigInt(Date.now());
    expect((await api.announce(await signedJson(node, { sequence }))).status).toBe(200);
    expect((await api.get('/v1/nodes')).body.members).toHaveLength(1);
    expect((await api.get('/health/ready')).body).toMatchObject({
      status: 'degraded',
      problems: { database: expect.stringContaining('CHROOM_REGISTRY_DATABASE_URL') },
    });
    await server.start();
    await untilHealthy(registry.url);
    await registry.close();
    const restarted = await start(server.url);
    const replay = await registryAt(restarted.url).announce(await signedJson(node, { sequence }));
    expect(replay.body.code).toBe('ANNOUNCEMENT_REPLAYED');
    await restarted.close();
  }, 40_000);
});

async function untilHealthy(url: string): Promise<void> {
  for (;;) {
    const { body } = await registryAt(url).get('/health/ready');
    if (body.status === 'ok') return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function readEvents(url: string, count: number): Promise<unknown[]> {
  const response = await fetch(url);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk, { stream: true });
    const data = text.split('\n').filter((line) => line.startsWith('data: '));
    // Leaving the loop ends the stream.
    if (data.length >= count) return data.slice(0, count).map((line) => JSON.parse(line.slice(6)));
  }
  throw new Error('the stream ended early');
}
