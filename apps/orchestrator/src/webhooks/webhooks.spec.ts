import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTestDatabase, type OwnServer, ownRedis, type TestDatabase } from '@chroom/database/testing';
import { JobQueues } from '@chroom/queues';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ParticipantInfo, Room, TrackInfo } from '@livekit/protocol';
import { type WebhookEvent, WebhookReceiver } from 'livekit-server-sdk';
import type { DataSource } from 'typeorm';
import { ApiKeys } from '../access/api-keys.js';
import { BootstrapAccess } from '../access/bootstrap-access.js';
import { JwtAccessTokens } from '../access/jwt-access-tokens.js';
import { SecretBox } from '../access/secret-box.js';
import { Clock } from '../clock/clock.js';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { type RoomEvent, RoomEvents } from '../rooms/room-events.js';
import { deliverWebhooksJob } from './deliver-webhooks.job.js';
import { DeliverWebhooksHandler, kMostAttempts } from './deliver-webhooks.js';
import { WebhookEndpoints } from './webhook-endpoints.js';
import { WebhookOutbox } from './webhook-outbox.js';
import { WebhookRelay } from './webhook-relay.js';

const kKey = 'APIhooks';
const kSecret = 'a-secret-of-the-spec-with-enough-characters';

/** An application's endpoint that checks signatures with the unmodified server SDK. */
class Receiver {
  readonly events: WebhookEvent[] = [];
  readonly contentTypes: (string | undefined)[] = [];
  /** Statuses of the next answers; 200 when used up. */
  answers: number[] = [];
  private server: Server;
  private readonly checker = new WebhookReceiver(kKey, kSecret);
  private waits: { count: number; done: () => void }[] = [];

  async start(): Promise<string> {
    this.server = createServer(async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts).toString();
      this.contentTypes.push(request.headers['content-type']);
      this.events.push(await this.checker.receive(body, request.headers.authorization));
      response.writeHead(this.answers.shift() ?? 200).end();
      for (const wait of this.waits) if (this.events.length >= wait.count) wait.done();
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  got(count: number): Promise<void> {
    return new Promise((done) => {
      this.waits.push({ count, done });
      if (this.events.length >= count) done();
    });
  }

  stop(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

describe('webhooks', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let redis: OwnServer;
  let queues: JobQueues;
  let receiver: Receiver;
  let projectId: string;
  let events: RoomEvents;
  let outbox: WebhookOutbox;
  let relay: WebhookRelay;
  let handler: DeliverWebhooksHandler;
  let endpoints: WebhookEndpoints;

  beforeAll(async () => {
    [testDatabase, redis] = await Promise.all([createTestDatabase(), ownRedis()]);
    database = await openOrchestratorDatabase(testDatabase.url);
    const secrets = new SecretBox(Buffer.alloc(32, 1));
    await new BootstrapAccess(database, secrets).execute(kKey, kSecret);
    [{ project_id: projectId }] = await database.query('SELECT project_id FROM api_keys');
    endpoints = new WebhookEndpoints(database);
    const clock = new Clock();
    const tokens = new JwtAccessTokens(new ApiKeys(database, secrets, clock), clock);
    handler = new DeliverWebhooksHandler(database, tokens);
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await Promise.all([testDatabase.drop(), redis.dispose()]);
  });
  beforeEach(async () => {
    queues = await JobQueues.open({ url: redis.url, urlVariable: 'REDIS', prefix: `spec-${Math.random()}` }, [
      deliverWebhooksJob,
    ]);
    receiver = new Receiver();
    await endpoints.add(projectId, await receiver.start());
    events = new RoomEvents();
    outbox = new WebhookOutbox(events, database, queues);
    relay = new WebhookRelay(database, queues);
    outbox.onModuleInit();
  });
  afterEach(async () => {
    await outbox.onApplicationShutdown();
    await relay.onApplicationShutdown();
    await queues.close();
    await receiver.stop();
    await database.query('DELETE FROM webhook_endpoints');
  });

  const event = (name: RoomEvent['name'], roomSid = 'RM_a', more: Partial<RoomEvent> = {}): RoomEvent => ({
    name,
    projectId,
    apiKey: kKey,
    atMs: 1_700_000_000_000,
    room: new Room({ sid: roomSid, name: 'math' }),
    nodeId: 1n,
    ...more,
  });
  const states = async () =>
    (await database.query('SELECT state FROM webhook_deliveries ORDER BY number')).map(
      (row: { state: string }) => row.state,
    );

  it('posts signed events that the server SDK accepts, in the order of the room', async () => {
    queues.work([handler]);
    events.publish(event('room_started'));
    events.publish(event('participant_joined', 'RM_a', { participant: new ParticipantInfo({ identity: 'ada' }) }));
    events.publish(event('track_published', 'RM_a', { track: new TrackInfo({ sid: 'TR_1' }) }));
    await receiver.got(3);
    expect(receiver.events.map((got) => got.event)).toEqual(['room_started', 'participant_joined', 'track_published']);
    expect(receiver.events[0]).toMatchObject({ room: { sid: 'RM_a', name: 'math' }, createdAt: 1_700_000_000n });
    expect(receiver.events[1]?.participant?.identity).toBe('ada');
    expect(receiver.contentTypes[0]).toBe('application/webhook+json');
  });

  it('tries again with the same id, and later events of the room wait', async () => {
    receiver.answers = [500, 503];
    queues.work([handler]);
    events.publish(event('room_started'));
    events.publish(event('room_finished'));
    await receiver.got(4);
    expect(receiver.events.map((got) => got.event)).toEqual([
      'room_started',
      'room_started',
      'room_started',
      'room_finished',
    ]);
    expect(new Set(receiver.events.slice(0, 3).map((got) => got.id)).size).toBe(1);
  });

  it('loses nothing when Redis forgets its jobs', async () => {
    events.publish(event('room_started'));
    await outbox.flush();
    await redis.kill();
    await redis.start(); // not durable in specs: empty
    expect(await states()).toEqual(['ready']);
    await queues.close();
    queues = await JobQueues.open({ url: redis.url, urlVariable: 'REDIS', prefix: 'again' }, [deliverWebhooksJob]);
    queues.work([handler]);
    await new WebhookRelay(database, queues).sweep();
    await receiver.got(1);
    expect(receiver.events[0]?.event).toBe('room_started');
  });

  it('keeps events while the database is down and posts them afterwards', async () => {
    queues.work([handler]);
    await database.destroy();
    events.publish(event('room_started'));
    events.publish(event('room_finished'));
    await outbox.flush();
    await database.initialize();
    await outbox.flush();
    await receiver.got(2);
    expect(receiver.events.map((got) => got.event)).toEqual(['room_started', 'room_finished']);
  });

  it('gives an event up after its attempts, or at once when the endpoint is gone, and goes on with the next', async () => {
    events.publish(event('room_started'));
    events.publish(event('participant_joined'));
    events.publish(event('room_finished'));
    await outbox.flush();
    receiver.answers = [...Array(kMostAttempts).fill(500), 410];
    const [{ endpoint_id: endpointId }] = await database.query('SELECT endpoint_id FROM webhook_deliveries');
    for (let run = 1; run < kMostAttempts; run += 1) {
      await expect(handler.handle({ endpointId, roomSid: 'RM_a' })).rejects.toThrow(/answered 500/);
    }
    await handler.handle({ endpointId, roomSid: 'RM_a' });
    expect(await states()).toEqual(['dead', 'dead', 'delivered']);
    expect(receiver.events.at(-1)?.event).toBe('room_finished');
  });

  it('sends nothing for a project without endpoints and refuses endpoints that are no URL', async () => {
    events.publish(event('room_started', 'RM_other', { projectId: 'PR_other' }));
    await outbox.flush();
    expect(await states()).toEqual([]);
    await expect(endpoints.add(projectId, 'ftp://x')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(endpoints.add('PR_none', 'http://x')).rejects.toMatchObject({ code: 'PROJECT_UNKNOWN' });
  });
});
