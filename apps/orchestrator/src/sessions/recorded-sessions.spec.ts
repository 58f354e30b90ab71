import { createTestDatabase, type TestDatabase } from '@chroom/database/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { RecordedSessions } from './recorded-sessions.js';
import { SessionRecord } from './session.entity.js';

const key = { projectId: 'PR_a', roomName: 'math' };

describe('RecordedSessions', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let sessions: RecordedSessions;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await openOrchestratorDatabase(testDatabase.url);
    sessions = new RecordedSessions(database);
    await database
      .getRepository(SessionRecord)
      .insert([
        row('PA_alice', 'alice', 'RM_a'),
        row('PA_bob', 'bob', 'RM_a'),
        row('PA_gone', 'carol', 'RM_a', new Date()),
        row('PA_other', 'dave', 'RM_b'),
      ]);
  }, 30_000);
  afterAll(async () => {
    if (database?.isInitialized) await database.destroy();
    await testDatabase.drop();
  });

  it('finds everybody who was still in the room', async () => {
    const found = await sessions.find(key, 'alice', 'PA_alice', 10);
    expect(found?.roomSid).toBe('RM_a');
    expect([...(found?.roommates ?? [])].sort()).toEqual(['PA_alice', 'PA_bob']);
    expect((await sessions.find(key, 'alice', 'PA_alice', 1))?.roommates).toHaveLength(1);
  });

  it.each([
    ['a session of somebody else', key, 'mallory', 'PA_alice'],
    ['a session of another project', { ...key, projectId: 'PR_b' }, 'alice', 'PA_alice'],
    ['a session of another room', { ...key, roomName: 'art' }, 'alice', 'PA_alice'],
    ['a session that ended', key, 'carol', 'PA_gone'],
    ['no session', key, 'alice', 'PA_none'],
  ])('finds nothing for %s', async (_, room, identity, sid) => {
    expect(await sessions.find(room, identity, sid, 10)).toBeUndefined();
  });

  it('finds everybody who was in other lives of the room and whom nobody ended', async () => {
    const found = await sessions.leftOpen(key, 'RM_b', 10);
    expect(found?.map(({ sid, identity, nodeId }) => `${sid} ${identity} ${nodeId}`).sort()).toEqual([
      'PA_alice alice 2',
      'PA_bob bob 2',
    ]);
    expect(await sessions.leftOpen(key, 'RM_b', 1)).toHaveLength(1);
    expect(await sessions.leftOpen({ ...key, roomName: 'art' }, 'RM_b', 10)).toEqual([]);
  });

  it('finds nothing while the database is away, and does not fail', async () => {
    const away = await openOrchestratorDatabase(testDatabase.url);
    await away.destroy();
    const blind = new RecordedSessions(away);
    expect(await blind.find(key, 'alice', 'PA_alice', 10)).toBeUndefined();
    expect(await blind.leftOpen(key, 'RM_b', 10)).toBeUndefined();
  });
});

function row(sid: string, identity: string, roomSid: string, leftAt: Date | null = null): SessionRecord {
  const now = new Date();
  return Object.assign(new SessionRecord(), {
    ...key,
    sid,
    identity,
    roomSid,
    nodeId: 2n,
    joinedAt: now,
    lastSeenAt: now,
    leftAt,
    endReason: leftAt ? 'CLIENT_INITIATED' : null,
    rxBytes: 0n,
    txBytes: 0n,
    rxPackets: 0n,
    txPackets: 0n,
    activeSeconds: 0,
  });
}
