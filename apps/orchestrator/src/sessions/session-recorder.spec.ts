import { create } from '@bufbuild/protobuf';
import { createTestDatabase, type TestDatabase } from '@chroom/database/testing';
import { control } from '@chroom/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DisconnectReason, ParticipantInfo, Room } from '@livekit/protocol';
import type { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { type RoomEvent, RoomEvents } from '../rooms/room-events.js';
import { SessionRecord } from './session.entity.js';
import { SessionRecorder } from './session-recorder.js';

class SettableClock extends Clock {
  now = Date.now();
  override nowMs(): number {
    return this.now;
  }
}

describe('SessionRecorder', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let events: RoomEvents;
  let recorder: SessionRecorder;
  let clock: SettableClock;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await openOrchestratorDatabase(testDatabase.url);
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });
  beforeEach(async () => {
    await database.query('DELETE FROM sessions');
    events = new RoomEvents();
    clock = new SettableClock();
    recorder = new SessionRecorder(events, database, clock);
    recorder.onModuleInit();
  });
  afterEach(() => recorder.onApplicationShutdown());

  const event = (name: RoomEvent['name'], sid?: string, more: Partial<RoomEvent> = {}): RoomEvent => ({
    name,
    projectId: 'PR_a',
    apiKey: 'API',
    atMs: clock.now,
    room: new Room({ sid: 'RM_a', name: 'math' }),
    participant: sid === undefined ? undefined : new ParticipantInfo({ sid, identity: `id-${sid}` }),
    nodeId: 18_446_744_073_709_551_615n,
    ...more,
  });
  const statistics = (rxBytes: bigint, txBytes: bigint) =>
    create(control.SessionStatisticsSchema, { rxBytes, txBytes, rxPackets: 3n, txPackets: 4n, activeSeconds: 9 });
  const record = (sid: string) => database.getRepository(SessionRecord).findOneByOrFail({ sid });

  it('records a stay from join to leave, with the counters of the node', async () => {
    events.publish(event('participant_joined', 'PA_1'));
    await recorder.persist();
    expect(await record('PA_1')).toMatchObject({ identity: 'id-PA_1', roomSid: 'RM_a', leftAt: null, rxBytes: 0n });
    events.publishStatistics('PA_1', statistics(10n, 20n));
    clock.now += 30_000;
    const left = new ParticipantInfo({ sid: 'PA_1', disconnectReason: DisconnectReason.CLIENT_INITIATED });
    events.publish(event('participant_left', undefined, { participant: left }));
    events.publishStatistics('PA_1', statistics(11n, 18_000_000_000_000_000_000n)); // the last ones come late
    await recorder.persist();
    expect(await record('PA_1')).toMatchObject({
      leftAt: new Date(clock.now),
      endReason: 'CLIENT_INITIATED',
      nodeId: 18_446_744_073_709_551_615n,
      rxBytes: 11n,
      txBytes: 18_000_000_000_000_000_000n,
      rxPackets: 3n,
      activeSeconds: 9,
    });
  });

  it('writes presence with every run', async () => {
    events.publish(event('participant_joined', 'PA_2'));
    await recorder.persist();
    clock.now += 10_000;
    await recorder.persist();
    expect((await record('PA_2')).lastSeenAt).toEqual(new Date(clock.now));
  });

  it('ends everybody with the room', async () => {
    events.publish(event('participant_joined', 'PA_3'));
    events.publish(event('participant_joined', 'PA_4', { room: new Room({ sid: 'RM_other' }) }));
    events.publish(event('room_finished'));
    await recorder.persist();
    expect((await record('PA_3')).endReason).toBe('ROOM_CLOSED');
    expect((await record('PA_4')).leftAt).toBeNull();
  });

  it('keeps what happens while the database is down', async () => {
    await database.destroy();
    events.publish(event('participant_joined', 'PA_5'));
    events.publish(event('participant_left', 'PA_5'));
    await recorder.persist();
    await database.initialize();
    await recorder.persist();
    expect((await record('PA_5')).leftAt).not.toBeNull();
  });

  it('ends the sessions of an orchestrator that nobody hears of, and only those', async () => {
    events.publish(event('participant_joined', 'PA_6'));
    await recorder.persist();
    await database.query(
      `INSERT INTO sessions (sid, project_id, room_sid, room_name, identity, node_id, joined_at, last_seen_at)
       SELECT 'PA_7', project_id, room_sid, room_name, identity, node_id, joined_at, now() - interval '61 s'
       FROM sessions WHERE sid = 'PA_6'`,
    );
    await recorder.persist();
    expect(await record('PA_7')).toMatchObject({ endReason: 'ORCHESTRATOR_LOST' });
    expect((await record('PA_6')).leftAt).toBeNull();
  });

  it('writes a join soon, without waiting for the next run', async () => {
    events.publish(event('participant_joined', 'PA_8'));
    const found = () => database.getRepository(SessionRecord).existsBy({ sid: 'PA_8' });
    while (!(await found())) await new Promise((resolve) => setImmediate(resolve));
    expect((await record('PA_8')).leftAt).toBeNull();
  });
});
