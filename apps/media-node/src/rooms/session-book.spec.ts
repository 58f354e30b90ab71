import { beforeEach, describe, expect, it } from '@jest/globals';
import { SessionBook, STATE_MAX_BYTES, UNCLAIMED_MAX_MS } from './session-book.js';

describe('SessionBook', () => {
  let nowMs: number;
  let isWatched: boolean;
  let book: SessionBook;
  beforeEach(() => {
    nowMs = 0;
    isWatched = true;
    book = new SessionBook(
      () => nowMs,
      () => isWatched,
    );
    book.add({ room: 'RM_1', session: 'PA_1', identity: 'ann' });
  });
  const endWatch = () => {
    isWatched = false;
    book.abandon('RM_1');
  };

  it('never ends a session whose owner watches', () => {
    nowMs = 10 * UNCLAIMED_MAX_MS;
    expect(book.unclaimed()).toEqual([]);
  });

  it('gives up a session 60 s after its owner stopped watching', () => {
    endWatch();
    nowMs = UNCLAIMED_MAX_MS - 1;
    expect(book.unclaimed()).toEqual([]);
    nowMs = UNCLAIMED_MAX_MS;
    expect(book.unclaimed()).toEqual([expect.objectContaining({ session: 'PA_1' })]);
  });

  it('is kept by a claim of an owner that watches again', () => {
    endWatch();
    nowMs = 30_000;
    isWatched = true;
    book.claim('RM_1', 'PA_1');
    nowMs = 200_000;
    expect(book.unclaimed()).toEqual([]);
  });

  it('is kept another 60 s by a claim without watching', () => {
    endWatch();
    nowMs = 30_000;
    book.claim('RM_1');
    nowMs = 89_999;
    expect(book.unclaimed()).toEqual([]);
    nowMs = 90_000;
    expect(book.unclaimed()).toHaveLength(1);
  });

  it('leaves sessions unclaimed that a returning owner does not name', () => {
    book.add({ room: 'RM_1', session: 'PA_2', identity: 'bob' });
    endWatch();
    isWatched = true;
    book.claim('RM_1', 'PA_2');
    nowMs = UNCLAIMED_MAX_MS;
    expect(book.unclaimed().map(({ session }) => session)).toEqual(['PA_1']);
  });

  it('keeps a copy of the state, bounded, over a repeated add', () => {
    const state = new Uint8Array([1, 2, 3]);
    book.store('RM_1', 'PA_1', state);
    state[0] = 9;
    book.add({ room: 'RM_1', session: 'PA_1', identity: 'ann' });
    expect([...book.get('RM_1', 'PA_1').state]).toEqual([1, 2, 3]);
    expect(() => book.store('RM_1', 'PA_1', new Uint8Array(STATE_MAX_BYTES + 1))).toThrow(
      expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }),
    );
  });

  it('says so when there is no such session', () => {
    expect(() => book.get('RM_1', 'PA_9')).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
    expect(() => book.get('RM_9', 'PA_1')).toThrow(expect.objectContaining({ code: 'SESSION_UNKNOWN' }));
  });
});
