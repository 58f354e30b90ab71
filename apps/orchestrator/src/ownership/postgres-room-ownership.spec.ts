import { createTestDatabase, type OwnServer, ownPostgres, type TestDatabase } from '@chroom/database/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { OwnerIdentity } from './owner-identity.js';
import { PostgresRoomOwnership } from './postgres-room-ownership.js';
import type { RoomClaim } from './room-ownership.port.js';

const ownedElsewhere = { code: 'ROOM_OWNED_ELSEWHERE' };

/** True when `lost` has resolved by now. */
async function isLost(claim: RoomClaim): Promise<boolean> {
  return (await Promise.race([claim.lost, Promise.resolve('held')])) !== 'held';
}

describe('PostgresRoomOwnership', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let first: PostgresRoomOwnership;
  let second: PostgresRoomOwnership;
  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await openOrchestratorDatabase(testDatabase.url);
    // The grace after a server start would refuse every take-over in the first 5 s of the test run.
    await database.query(`CREATE FUNCTION public.pg_postmaster_start_time() RETURNS timestamptz
      LANGUAGE sql AS 'SELECT ''2020-01-01''::timestamptz'`);
    await database.query(
      `ALTER DATABASE ${new URL(testDatabase.url.replace('@/', '@x/')).pathname.slice(1)} SET search_path = public, pg_catalog`,
    );
    await database.destroy();
    await database.initialize();
    first = new PostgresRoomOwnership(database, new OwnerIdentity(1n));
    second = new PostgresRoomOwnership(database, new OwnerIdentity(2n));
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });
  const expire = (room: string) =>
    database.query("UPDATE room_leases SET expires_at = now() - interval '1 ms' WHERE room_name = $1", [room]);

  it('gives a room to one owner only', async () => {
    const claims = await Promise.allSettled([first.claim('PR_a', 'one'), second.claim('PR_a', 'one')]);
    expect(claims.map((claim) => claim.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('gives the same name in another project to another owner', async () => {
    await first.claim('PR_a', 'same');
    await expect(second.claim('PR_b', 'same')).resolves.toMatchObject({ projectId: 'PR_b' });
  });

  it('gives an expired room to another owner with a higher fencing token, and tells the first', async () => {
    const before = await first.claim('PR_a', 'expired');
    await expire('expired');
    const after = await second.claim('PR_a', 'expired');
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    await first.renew();
    expect(await isLost(before)).toBe(true);
    expect(await isLost(after)).toBe(false);
  });

  it('keeps a renewed room', async () => {
    const claim = await first.claim('PR_a', 'renewed');
    await expire('renewed');
    await first.renew();
    await expect(second.claim('PR_a', 'renewed')).rejects.toMatchObject(ownedElsewhere);
    expect(await isLost(claim)).toBe(false);
  });

  it('frees a released room at once, and a late release does not touch the next owner', async () => {
    const claim = await first.claim('PR_a', 'released');
    await first.release(claim);
    const next = await second.claim('PR_a', 'released');
    await first.release(claim);
    await second.renew();
    expect(await isLost(next)).toBe(false);
  });

  it('lets a restarted orchestrator take its own rooms at once', async () => {
    const before = await first.claim('PR_a', 'restarted');
    const restarted = new PostgresRoomOwnership(database, new OwnerIdentity(1n));
    const after = await restarted.claim('PR_a', 'restarted');
    expect(after.fencingToken).toBeGreaterThan(before.fencingToken);
    await first.renew();
    expect(await isLost(before)).toBe(true);
  });

  it('returns the claim that it holds already', async () => {
    const claim = await first.claim('PR_a', 'twice');
    expect(await first.claim('PR_a', 'twice')).toBe(claim);
    const [one, other] = await Promise.all([first.claim('PR_a', 'together'), first.claim('PR_a', 'together')]);
    expect(one).toBe(other);
  });

  it('releases everything on shutdown', async () => {
    const leaving = new PostgresRoomOwnership(database, new OwnerIdentity(3n));
    await leaving.claim('PR_a', 'leaving');
    await leaving.onApplicationShutdown();
    await expect(second.claim('PR_a', 'leaving')).resolves.toMatchObject({ roomName: 'leaving' });
  });
});

describe('room ownership while PostgreSQL is down', () => {
  let server: OwnServer;
  let database: DataSource;
  beforeAll(async () => {
    server = await ownPostgres();
    database = await openOrchestratorDatabase(server.url);
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await server.dispose();
  });

  it('keeps the rooms of the owner, makes no new one, and gives the owner the first word afterwards', async () => {
    const owner = new PostgresRoomOwnership(database, new OwnerIdentity(1n));
    const contender = new PostgresRoomOwnership(database, new OwnerIdentity(2n));
    const claim = await owner.claim('PR_a', 'kept');
    await database.query("UPDATE room_leases SET expires_at = now() - interval '1 hour'");
    await database.query('CHECKPOINT');
    await server.kill();

    await owner.renew();
    expect(await isLost(claim)).toBe(false);
    await expect(contender.claim('PR_a', 'kept')).rejects.toThrow();

    await server.start();
    await expect(contender.claim('PR_a', 'kept')).rejects.toMatchObject(ownedElsewhere);
    await owner.renew();
    await expect(contender.claim('PR_a', 'kept')).rejects.toMatchObject(ownedElsewhere);
    expect(await isLost(claim)).toBe(false);
  }, 30_000);
});
