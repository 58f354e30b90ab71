import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoomServiceClient, WebhookReceiver } from 'livekit-server-sdk';
import { startPostgres } from '../../tools/embedded/postgres.mjs';
import { startRedis } from '../../tools/embedded/redis.mjs';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { callGoesOn } from '../browser/steady-call';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { WebhookInbox } from '../network/webhook-inbox';
import { until } from '../until';

const room = 'steady';

/** Embedded services die while two browsers talk. */
describe('a call while services are down', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let postgres: { stop: () => Promise<void> } | undefined;
  let redis: { stop: () => Promise<void> } | undefined;
  const webhooks = new WebhookInbox();

  beforeAll(async () => {
    network = await startTestNetwork();
    await webhooks.open();
    const { items } = await network.admin<{ items: { id: string }[] }>('/projects');
    await network.admin(`/projects/${items[0]?.id}/webhooks`, { method: 'POST', body: { url: webhooks.url } });
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
    await alice.firstFrameOf('bob');
    await bob.firstFrameOf('alice');
  }, 90_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await network?.stop();
    await Promise.all([postgres?.stop(), redis?.stop()]);
    await webhooks.close();
  }, 30_000);

  const server = () =>
    new RoomServiceClient(
      network.ready.livekitUrl.replace(/^ws/, 'http'),
      network.ready.apiKey,
      network.ready.apiSecret,
    );
  const health = async () => {
    const answer = await fetch(`${network.ready.livekitUrl.replace(/^ws/, 'http')}/healthz`);
    return ((await answer.json()) as { problems: Record<string, string> }).problems;
  };

  it('PostgreSQL: the call and its signalling go on', async () => {
    network.processes.postgres?.signal('SIGKILL');
    await network.processes.postgres?.end;
    await until('the orchestrator notices', async () => 'database' in (await health()));
    await callGoesOn(alice, bob);
    await expect(server().createRoom({ name: 'new' })).rejects.toMatchObject({ status: 503 });
  }, 60_000);

  it('and new rooms are made when it is back', async () => {
    postgres = await startPostgres({ dataDir: path.join(network.dataDir, 'postgres') });
    await until('the orchestrator notices', async () => !('database' in (await health())));
    const created = await until('a new room', () => server().createRoom({ name: 'new' }));
    expect(created).toMatchObject({ name: 'new', sid: expect.stringMatching(/^RM_/) });
    await callGoesOn(alice, bob);
    await until('room_started of it', () => webhooks.has('room_started', 'new'));
  }, 60_000);

  it('Redis: the call goes on and rooms are made', async () => {
    network.processes.redis?.signal('SIGKILL');
    await network.processes.redis?.end;
    await until('the orchestrator notices', async () => 'redis' in (await health()));
    await server().createRoom({ name: 'quiet' });
    await callGoesOn(alice, bob);
    expect(webhooks.has('room_started', 'quiet')).toBe(false);
  }, 60_000);

  it('and its webhooks are delivered when it is back', async () => {
    redis = await startRedis({ dataDir: path.join(network.dataDir, 'redis') });
    await until('room_started of the room made meanwhile', () => webhooks.has('room_started', 'quiet'), 30_000);
  }, 60_000);

  it('signed by the key of the project', async () => {
    const receiver = new WebhookReceiver(network.ready.apiKey, network.ready.apiSecret);
    expect(webhooks.received.length).toBeGreaterThan(0);
    for (const { body, authorization } of webhooks.received) await receiver.receive(body, authorization);
  });
});
