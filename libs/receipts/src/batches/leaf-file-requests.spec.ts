import { describe, expect, it } from '@jest/globals';
import { LeafFileRequests } from './leaf-file-requests.js';

const refused = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });

describe('requests for leaf files', () => {
  it('of one address are a hundred at once and ten a second, whatever others ask', () => {
    let nowMs = 0;
    const requests = new LeafFileRequests(() => nowMs);
    for (let count = 0; count < 100; count++) requests.admit('10.0.0.1');
    expect(() => requests.admit('10.0.0.1')).toThrow(refused);
    requests.admit('10.0.0.2');
    nowMs += 1_000;
    for (let count = 0; count < 10; count++) requests.admit('10.0.0.1');
    expect(() => requests.admit('10.0.0.1')).toThrow(refused);
  });

  it('hold eight files at most, and give each place back, also after a failure', async () => {
    const requests = new LeafFileRequests(() => 0);
    let finish = () => {};
    const held = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const eight = Array.from({ length: 8 }, (_, index) =>
      requests.hold(async () => {
        await held;
        if (index === 0) throw new Error('broken');
      }),
    );
    await expect(requests.hold(async () => 'ninth')).rejects.toEqual(refused);
    finish();
    expect((await Promise.allSettled(eight)).map(({ status }) => status)).toEqual([
      'rejected',
      ...Array(7).fill('fulfilled'),
    ]);
    expect(await requests.hold(async () => 'later')).toBe('later');
  });
});
