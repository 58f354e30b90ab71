import { createTestDatabase, type TestDatabase } from '@chroom/database/testing';
import { hashAllocationInputs, replayAllocation } from '@chroom/routing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { Clock } from '../clock/clock.js';
import { openOrchestratorDatabase } from '../database/orchestrator-database.js';
import { PinnedMediaNodes } from '../nodes/pinned-media-nodes.js';
import { FakeDiscovery } from '../nodes/testing/fake-discovery.js';
import { FakeNode, FakeNodeTransports } from '../nodes/testing/fake-node.js';
import type { RoomClaim } from '../ownership/room-ownership.port.js';
import { AllocationRecord } from './allocation.entity.js';
import { AllocationJournal } from './allocation-journal.js';
import { LeasePlacement } from './lease-placement.js';
import type { RoomDemand } from './placement.port.js';
import { RoomLeases } from './room-leases.js';

const claim: RoomClaim = { projectId: 'PR_a', roomName: 'math', fencingToken: 9n, lost: new Promise(() => undefined) };
const demand: RoomDemand = { egressBps: 10_000_000n, packetsPerSecond: 1_000n, sessions: 10, region: '' };

describe('LeasePlacement', () => {
  let testDatabase: TestDatabase;
  let database: DataSource;
  let roomy: FakeNode;
  let full: FakeNode;
  let discovery: FakeDiscovery;
  let nodes: PinnedMediaNodes;
  let leases: RoomLeases;
  let journal: AllocationJournal;
  let placement: LeasePlacement;

  beforeAll(async () => {
    testDatabase = await createTestDatabase();
    database = await openOrchestratorDatabase(testDatabase.url);
  }, 30_000);
  afterAll(async () => {
    await database.destroy();
    await testDatabase.drop();
  });
  beforeEach(() => {
    roomy = new FakeNode(1n, 50);
    full = new FakeNode(2n, 5);
    discovery = new FakeDiscovery([roomy, full]);
    nodes = new PinnedMediaNodes(discovery, new FakeNodeTransports([roomy, full]));
    nodes.onModuleInit();
    leases = new RoomLeases();
    journal = new AllocationJournal(database);
    placement = new LeasePlacement(discovery, nodes, leases, journal, new Clock());
  });
  afterEach(() => nodes.onApplicationShutdown());

  const stored = (id: string) => database.getRepository(AllocationRecord).findOneByOrFail({ id });

  it('goes on to the next node when the best one is full, and the record replays to the node that granted', async () => {
    // The registry still reports both as empty: only the node knows that it is full.
    discovery.change(1n, { load: { ...discovery.find(1n)!.load, cpuPermille: 300 } });
    const allocation = await placement.allocate(claim, 'RM_1', demand);
    expect(allocation.node.nodeId).toBe(1n);
    expect(allocation.reasons[0]).toMatch(/node 1 granted the lease; score 300/);
    expect(allocation.reasons[1]).toMatch(/node 2 refused: NO_CAPACITY/);
    const record = await stored(allocation.id);
    expect(record.nodeId).toBe(1n);
    expect(replayAllocation(record.inputs)).toBe(1n);
    expect(hashAllocationInputs(record.inputs)).toBe(record.inputsHash);
    expect(record.reasons).toEqual(allocation.reasons);
  });

  it('refuses with every reason when no node grants a lease', async () => {
    discovery.change(1n, { state: 'dead' });
    const refused = placement.allocate(claim, 'RM_2', demand);
    await expect(refused).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message: expect.stringMatching(/node 2 refused: NO_CAPACITY.*node 1 left out: it is dead/),
    });
  });

  it('says so when no node is announced', async () => {
    discovery.members.clear();
    await expect(placement.allocate(claim, 'RM_3', demand)).rejects.toThrow(/no media node is announced/);
  });

  it('goes on when a node does not answer', async () => {
    discovery.change(1n, { load: { ...discovery.find(1n)!.load, cpuPermille: 300 } });
    full.goDown();
    const allocation = await placement.allocate(claim, 'RM_4', demand);
    expect(allocation.node.nodeId).toBe(1n);
    expect(allocation.reasons[1]).toMatch(/node 2 refused: NODE_UNAVAILABLE/);
  });

  it('renews leases in one call per node and asks again for one that the node forgot', async () => {
    discovery.change(2n, { state: 'dead' });
    await placement.allocate(claim, 'RM_5', demand);
    const allocation = await placement.allocate(claim, 'RM_6', demand);
    roomy.leases.delete(allocation.id);
    await leases.renewAll();
    expect(roomy.renewals).toBe(1);
    expect(roomy.leases.get(allocation.id)).toEqual({ room: 'RM_6', sessions: 10 });
  });

  it('returns the lease when the room is released, and notes when', async () => {
    discovery.change(2n, { state: 'dead' });
    const allocation = await placement.allocate(claim, 'RM_7', demand);
    await placement.release('RM_7');
    expect(roomy.leases.size).toBe(0);
    expect((await stored(allocation.id)).releasedAt).toBeInstanceOf(Date);
    await leases.renewAll();
    expect(roomy.renewals).toBe(0);
  });

  it('gives up the former lease when a room is placed again', async () => {
    discovery.change(2n, { state: 'dead' });
    const first = await placement.allocate(claim, 'RM_8', demand);
    const second = await placement.allocate(claim, 'RM_8', demand);
    expect([...roomy.leases.keys()]).toEqual([second.id]);
    expect((await stored(first.id)).releasedAt).not.toBeNull();
  });

  it('ends the allocation that a crashed run left open when the room is placed again', async () => {
    discovery.change(2n, { state: 'dead' });
    const before = await placement.allocate({ ...claim, roomName: 'crashed' }, 'RM_10', demand);
    const restarted = new LeasePlacement(discovery, nodes, leases, journal, new Clock());
    const after = await restarted.allocate({ ...claim, roomName: 'crashed' }, 'RM_11', demand);
    expect((await stored(before.id)).releasedAt).not.toBeNull();
    expect((await stored(after.id)).releasedAt).toBeNull();
  });

  it('places a room while the database is down and stores the record afterwards', async () => {
    discovery.change(2n, { state: 'dead' });
    await database.destroy();
    const allocation = await placement.allocate(claim, 'RM_9', demand);
    expect(allocation.node.nodeId).toBe(1n);
    await database.initialize();
    await journal.flush();
    expect((await stored(allocation.id)).nodeId).toBe(1n);
  });
});
