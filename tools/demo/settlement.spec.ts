import { describe, expect, it } from '@jest/globals';
import { batchesOfBoth } from './settlement.mjs';

const settled = (participant: string | undefined, batchKey: string) => ({ participant, batchKey, stage: 'settled' });

describe('the settlement of a call', () => {
  it('is in the batches that hold a leaf of both participants', () => {
    const receipts = [settled('alice', 'a'), settled('bob', 'a'), settled('bob', 'b'), settled('bob', 'b')];
    expect(batchesOfBoth(receipts)).toEqual(['a']);
  });

  it.each(['submitted', 'sealed', null])('is not there while one receipt is %s', (stage) => {
    const open = { participant: 'bob', batchKey: stage && 'b', stage };
    expect(batchesOfBoth([settled('alice', 'a'), settled('bob', 'a'), open])).toEqual([]);
  });

  it('does not count a session without a name as a participant', () => {
    expect(batchesOfBoth([settled('alice', 'a'), settled(undefined, 'a')])).toEqual([]);
    expect(batchesOfBoth([])).toEqual([]);
  });
});
