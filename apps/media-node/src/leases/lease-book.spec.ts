import { noCapacity } from '@chroom/protocol';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { LeaseBook, type LeaseRequest } from './lease-book.js';

const all = { egressBps: 1000n, packetsPerSecond: 100n, sessions: 10, workers: 1 };
const nothing = { egressBps: 0n, packetsPerSecond: 0n, sessions: 0 };
const noRoom = expect.objectContaining({ code: 'NO_CAPACITY' });

describe('LeaseBook', () => {
  let nowMs: number;
  let book: LeaseBook;
  let capacity: typeof all;
  beforeEach(() => {
    nowMs = 0;
    capacity = all;
    book = new LeaseBook(
      () => capacity,
      () => nowMs,
    );
  });
  const lease = (id: string, sessions: number, changes: Partial<LeaseRequest> = {}): LeaseRequest => ({
    id,
    room: `RM_${id}`,
    owner: 1n,
    demand: { egressBps: BigInt(sessions) * 100n, packetsPerSecond: BigInt(sessions), sessions },
    ttlMs: 5000,
    ...changes,
  });

  it('grants up to the capacity and not beyond', () => {
    book.acquire(lease('a', 6), nothing);
    book.acquire(lease('b', 4), nothing);
    expect(() => book.acquire(lease('c', 1), nothing)).toThrow(noRoom);
    expect(book.sum()).toEqual({ egressBps: 1000n, packetsPerSecond: 10n, sessions: 10, workers: 0 });
  });

  it('refuses on each dimension by name', () => {
    const tooFast = lease('a', 1, { demand: { egressBps: 1n, packetsPerSecond: 101n, sessions: 1 } });
    expect(() => book.acquire(tooFast, nothing)).toThrow(/packets_per_second: expected at most 100/);
  });

  it('counts what is in use without a lease', () => {
    expect(() => book.acquire(lease('a', 6), { ...nothing, sessions: 5 })).toThrow(noRoom);
  });

  it('renews by the same id without counting it twice, and takes a new demand', () => {
    book.acquire(lease('a', 8), nothing);
    book.acquire(lease('a', 10), nothing);
    expect(book.sessionsByRoom().get('RM_a')).toBe(10);
    expect(() => book.acquire(lease('a', 11), nothing)).toThrow(noRoom);
    expect(book.sessionsByRoom().get('RM_a')).toBe(10);
  });

  it('keeps what is held when the capacity shrinks, and gives out no more', () => {
    book.acquire(lease('a', 6), nothing);
    capacity = { ...noCapacity, workers: 1 };
    book.acquire(lease('a', 6), nothing);
    book.acquire(lease('a', 5), nothing);
    expect(book.renew(['a'], 1n, 5000).unknown).toEqual([]);
    expect(() => book.acquire(lease('a', 6), nothing)).toThrow(noRoom);
    expect(() => book.acquire(lease('b', 1), nothing)).toThrow(noRoom);
    capacity = all;
    book.acquire(lease('b', 5), nothing);
  });

  it('ends when its time is over, and lives on when renewed', () => {
    book.acquire(lease('a', 5), nothing);
    book.acquire(lease('b', 5), nothing);
    nowMs = 4999;
    expect(book.renew(['a', 'x'], 1n, 5000)).toEqual({ unknown: ['x'], rooms: ['RM_a'] });
    nowMs = 5000;
    expect([book.isLeased('RM_a'), book.isLeased('RM_b')]).toEqual([true, false]);
    nowMs = 9999;
    expect(book.isLeased('RM_a')).toBe(false);
  });

  it('is renewed and released by its owner only', () => {
    book.acquire(lease('a', 5), nothing);
    expect(book.renew(['a'], 2n, 5000).unknown).toEqual(['a']);
    book.release('a', 2n);
    expect(book.isLeased('RM_a')).toBe(true);
    book.release('a', 1n);
    expect(book.isLeased('RM_a')).toBe(false);
  });

  it('does not let one id serve two rooms', () => {
    book.acquire(lease('a', 1), nothing);
    expect(() => book.acquire(lease('a', 1, { room: 'RM_z' }), nothing)).toThrow(
      expect.objectContaining({ code: 'ALREADY_EXISTS' }),
    );
  });

  it.each([999, 60_001])('refuses a time to live of %d ms', (ttlMs) => {
    expect(() => book.acquire(lease('a', 1, { ttlMs }), nothing)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
