import { type LivenessState, type MemberId, noLoad, sealHeartbeat } from '@chroom/protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sign, testMember } from '../testing/network.js';
import { FORGET_AFTER_MS, Roster } from './roster.js';

const node = testMember(1, 'node');
const session = { id: '00'.repeat(16), secret: new Uint8Array(32).fill(7) };

class ManualClock {
  timeMs = 1_000_000;
  nowMs = () => this.timeMs;
  monotonicMs = () => this.timeMs;
}

describe('Roster', () => {
  let clock: ManualClock;
  let roster: Roster;
  let counter: number;
  beforeEach(async () => {
    clock = new ManualClock();
    roster = new Roster(clock);
    counter = 0;
    roster.announce(await sign(node), session);
  });

  const beat = (changes: Partial<Parameters<typeof sealHeartbeat>[0]> = {}, secret: Uint8Array = session.secret) =>
    roster.heartbeat(
      sealHeartbeat({ session: session.id, counter: ++counter, health: 'ok', load: noLoad, ...changes }, secret),
    );
  const stateOf = (id: MemberId): LivenessState | undefined => roster.find('node', id)?.state;
  const pass = (durationMs: number) => {
    const states = new Set<LivenessState | undefined>();
    for (let passedMs = 0; passedMs < durationMs; passedMs += 250) {
      clock.timeMs += 250;
      roster.sweep();
      states.add(stateOf(node.id));
    }
    return [...states];
  };

  it('goes from announced over live and suspect to dead within 3 s of the last heartbeat', () => {
    expect(stateOf(node.id)).toBe('announced');
    beat();
    expect(stateOf(node.id)).toBe('live');
    expect(pass(3000)).toEqual(['live', 'suspect', 'dead']);
  });

  it('keeps a member alive that sends every second', () => {
    beat();
    for (let seconds = 0; seconds < 10; seconds++) {
      pass(1000);
      beat();
    }
    expect(stateOf(node.id)).toBe('live');
  });

  it('revives a dead member with its next heartbeat', () => {
    beat();
    pass(3000);
    expect(beat()).toBe('live');
  });

  it('declares nobody dead when it was asleep itself', () => {
    beat();
    clock.timeMs += 60_000;
    roster.sweep();
    expect(stateOf(node.id)).toBe('live');
    expect(pass(3000)).toContain('dead');
  });

  it('refuses a heartbeat that is repeated, of another session, or sealed with another secret', () => {
    beat();
    expect(() => beat({ counter: 1 })).toThrow(expect.objectContaining({ code: 'HEARTBEAT_REJECTED' }));
    expect(() => beat({ session: 'ff'.repeat(16) })).toThrow(expect.objectContaining({ code: 'HEARTBEAT_REJECTED' }));
    expect(() => beat({}, new Uint8Array(32))).toThrow(expect.objectContaining({ code: 'HEARTBEAT_REJECTED' }));
  });

  it('ends the earlier session when the member announces again', async () => {
    beat();
    roster.announce(await sign(node, { sequence: 2n }), { ...session, id: '11'.repeat(16) });
    expect(() => beat()).toThrow(expect.objectContaining({ code: 'HEARTBEAT_REJECTED' }));
    expect(stateOf(node.id)).toBe('live');
  });

  it('tells watchers of state and of load that moved, not of every heartbeat', () => {
    beat();
    const before = roster.changes('node').newestNumber;
    beat();
    beat({ load: { ...noLoad, sessions: 1 } });
    expect(roster.changes('node').newestNumber).toBe(before);
    beat({ load: { ...noLoad, sessions: 20 } });
    expect(roster.changes('node').newestNumber).toBe(before + 1);
  });

  it('forgets a member that was dead for long', () => {
    clock.timeMs += 250;
    pass(FORGET_AFTER_MS + 4000);
    expect([stateOf(node.id), roster.size]).toEqual([undefined, 0]);
  });
});
