import { LIVENESS_STATES } from '@chroom/protocol';
import { describe, expect, it } from '@jest/globals';
import { afterAnnouncement, afterHeartbeat, afterSilence, DEAD_AFTER_MS, SUSPECT_AFTER_MS } from './liveness.js';

describe('liveness', () => {
  it('lives from the first heartbeat on', () => {
    expect(afterHeartbeat(afterAnnouncement(undefined), 'ok')).toBe('live');
  });

  it('suspects after one missing heartbeat and declares dead within 3 s', () => {
    expect(afterSilence('live', SUSPECT_AFTER_MS - 1)).toBe('live');
    expect(afterSilence('live', SUSPECT_AFTER_MS)).toBe('suspect');
    expect(afterSilence('suspect', DEAD_AFTER_MS)).toBe('dead');
    expect(DEAD_AFTER_MS).toBeLessThan(2750);
  });

  it.each(LIVENESS_STATES)('a heartbeat brings %s to live, or to draining when it drains', (state) => {
    expect([afterHeartbeat(state, 'ok'), afterHeartbeat(state, 'draining')]).toEqual(['live', 'draining']);
  });

  it.each(LIVENESS_STATES)('long silence ends %s', (state) => {
    expect(afterSilence(state, DEAD_AFTER_MS)).toBe('dead');
  });

  it('keeps a draining member draining until it is dead or says otherwise', () => {
    expect(afterSilence('draining', SUSPECT_AFTER_MS)).toBe('draining');
    expect(afterAnnouncement('draining')).toBe('draining');
  });

  it('does not take a new announcement of a live member for a new start', () => {
    expect([afterAnnouncement('live'), afterAnnouncement('suspect'), afterAnnouncement('dead')]).toEqual([
      'live',
      'live',
      'announced',
    ]);
  });
});
