import { setImmediate as nextTurn } from 'node:timers/promises';
import { MemberKeys, signerAddressOf } from '@chroom/protocol';
import { testKey } from '@chroom/receipts/testing';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { RoomEvents } from '../../rooms/room-events.js';
import { ManualTime } from '../../rooms/testing/manual-time.js';
import { Grantors } from '../grants/grantors.js';
import { ProofSettings } from '../proof-settings.js';
import { FixedProofNetwork } from '../testing/fixed-proof-network.js';
import { RecordKeeper } from './record-keeper.js';

const orchId = 2n;
const key = testKey('orchestrator');

describe('the record of what rooms publish', () => {
  const time = new ManualTime();
  let events: RoomEvents;
  let keeper: RecordKeeper;
  /** Called once for each session that is taken. */
  let grants: jest.SpiedFunction<Grantors['at']>;

  beforeEach(() => {
    const network = new FixedProofNetwork();
    network.signers.set(orchId, signerAddressOf(key));
    const settings = { memberId: orchId, signerKeys: MemberKeys.of(key), secretsKey: new Uint8Array(32) };
    const grantors = new Grantors(settings as OrchestratorSettings, ProofSettings.fromEnvironment({}), network);
    grants = jest.spyOn(grantors, 'at');
    events = new RoomEvents();
    keeper = new RecordKeeper(network, grantors, events, time.clock);
    keeper.onModuleInit();
  });
  afterEach(() => keeper.onApplicationShutdown());

  const publish = (session: string, fact: 'admitted' | 'ended' = 'admitted') => {
    const place = { projectId: 'PR_a', roomSid: 'RM_a', roomName: 'math', nodeId: 7n, session };
    events.publishFact({ kind: fact, ...place, atMs: time.clock.nowMs() });
  };

  it('is not what a client waits for: a fact is taken when the turn that published it is over', async () => {
    publish('PA_1');
    await Promise.resolve();
    expect(grants).not.toHaveBeenCalled();
    await nextTurn();
    expect(grants).toHaveBeenCalledTimes(1);
  });

  it('is whole for whoever looks at it in the same turn, and in order', () => {
    publish('PA_1');
    publish('PA_1', 'ended');
    publish('PA_2');
    const sessions = keeper.all(time.clock.nowMs());
    expect(sessions.map(({ place, endedAtMs }) => [place.session, endedAtMs !== undefined])).toEqual([
      ['PA_1', true],
      ['PA_2', false],
    ]);
  });

  it('lets a thousand facts of one turn wait, and takes them with one more', () => {
    for (let index = 0; index < 1_000; index += 1) publish(`PA_${index}`);
    expect(grants).not.toHaveBeenCalled();
    publish('PA_last');
    expect(grants).toHaveBeenCalledTimes(1_001);
  });

  it('keeps what was published before its end', async () => {
    publish('PA_1');
    keeper.onApplicationShutdown();
    publish('PA_2');
    expect(keeper.count).toBe(1);
    await nextTurn();
    expect(grants).toHaveBeenCalledTimes(1);
  });
});
