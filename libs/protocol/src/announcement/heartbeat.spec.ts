import { describe, expect, it } from '@jest/globals';
import { isHeartbeatAuthentic, noLoad, sealHeartbeat } from './heartbeat.js';

const secret = new Uint8Array(32).fill(1);
const sealed = sealHeartbeat({ session: 'ab'.repeat(16), counter: 3, health: 'ok', load: noLoad }, secret);

describe('heartbeat', () => {
  it('is authentic under its secret', () => {
    expect(isHeartbeatAuthentic(sealed, secret)).toBe(true);
  });

  it.each([
    ['the session', { session: 'cd'.repeat(16) }],
    ['the counter', { counter: 4 }],
    ['the health', { health: 'draining' as const }],
    ['the load', { load: { ...noLoad, rssBytes: 1n } }],
    ['the leased capacity', { load: { ...noLoad, leased: { ...noLoad.leased, sessions: 1 } } }],
  ])('is not after a change of %s', (_, change) => {
    expect(isHeartbeatAuthentic({ ...sealed, ...change }, secret)).toBe(false);
  });

  it('is not under another secret', () => {
    expect(isHeartbeatAuthentic(sealed, new Uint8Array(32))).toBe(false);
  });
});
