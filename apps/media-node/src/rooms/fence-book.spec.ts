import { describe, expect, it } from '@jest/globals';
import { FenceBook } from './fence-book.js';

const stale = expect.objectContaining({ code: 'FENCE_STALE' });

describe('FenceBook', () => {
  it('lets the owner act again and again, and a higher token take over', () => {
    const book = new FenceBook(() => true);
    book.enter('RM_1', 5n, 1n);
    book.enter('RM_1', 5n, 1n);
    book.enter('RM_1', 6n, 2n);
    expect(book.ownerOf('RM_1')).toBe(2n);
  });

  it('refuses a lower token, and the same token of another orchestrator', () => {
    const book = new FenceBook(() => true);
    book.enter('RM_1', 5n, 1n);
    expect(() => book.enter('RM_1', 4n, 1n)).toThrow(stale);
    expect(() => book.enter('RM_1', 5n, 2n)).toThrow(stale);
    expect(book.ownerOf('RM_1')).toBe(1n);
  });

  it('refuses a fence without room or token', () => {
    const book = new FenceBook(() => true);
    expect(() => book.enter('', 5n, 1n)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => book.enter('RM_1', 0n, 1n)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('forgets the room that was quiet longest, never one in use', () => {
    const book = new FenceBook((room) => room === 'RM_1', 2);
    book.enter('RM_1', 1n, 1n);
    book.enter('RM_2', 1n, 1n);
    book.enter('RM_3', 1n, 1n);
    expect([book.ownerOf('RM_1'), book.ownerOf('RM_2'), book.ownerOf('RM_3')]).toEqual([1n, undefined, 1n]);
  });

  it('says when its bound is reached by rooms in use', () => {
    const book = new FenceBook(() => true, 1);
    book.enter('RM_1', 1n, 1n);
    expect(() => book.enter('RM_2', 1n, 1n)).toThrow(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });
});
