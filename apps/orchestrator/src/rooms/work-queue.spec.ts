import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from './work-queue.js';

describe('WorkQueue', () => {
  it('runs one piece after the other, in order, whatever each takes', async () => {
    const queue = new WorkQueue('test', 10);
    const seen: string[] = [];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const first = queue.run(async () => {
      seen.push('first begins');
      await gate;
      seen.push('first ends');
    });
    const second = queue.run(() => seen.push('second'));
    await Promise.resolve();
    release();
    await Promise.all([first, second]);
    expect(seen).toEqual(['first begins', 'first ends', 'second']);
  });

  it('goes on after a failure, which only its caller hears of', async () => {
    const queue = new WorkQueue('test', 10);
    const failing = queue.run(() => Promise.reject(new Error('broken')));
    const after = queue.run(() => 'fine');
    await expect(failing).rejects.toThrow('broken');
    expect(await after).toBe('fine');
  });

  it('refuses work over its bound, and takes it again when there is room', async () => {
    const queue = new WorkQueue('test', 2);
    const accepted = [queue.run(() => 1), queue.run(() => 2)];
    await expect(queue.run(() => 3)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' });
    await Promise.all(accepted);
    await queue.idle();
    expect(await queue.run(() => 4)).toBe(4);
  });
});
