import { type OwnServer, ownRedis } from '@chroom/database/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { connectionTarget } from './connection-target.js';
import { FinalJobError, type JobDefinition, type JobFailure, JobQueues, retryDelayMs } from './index.js';

interface Greeting {
  readonly who: string;
}
const greet: JobDefinition<Greeting> = {
  name: 'spec.greet',
  idOf: ({ who }) => `greet-${who}`,
  parse: (data) => data as Greeting,
  concurrency: 1,
  retry: { attempts: 3, firstMs: 1, longestMs: 4 },
};

describe('JobQueues', () => {
  let redis: OwnServer;
  const open: JobQueues[] = [];
  beforeAll(async () => {
    redis = await ownRedis();
  }, 30_000);
  afterEach(async () => {
    await Promise.all(open.splice(0).map((queues) => queues.close()));
  });
  afterAll(() => redis.dispose());

  const openQueues = async (more: Partial<Parameters<typeof JobQueues.open>[0]> = {}) => {
    const options = { url: redis.url, urlVariable: 'CHROOM_SPEC_REDIS_URL', prefix: `spec-${Math.random()}`, ...more };
    const queues = await JobQueues.open(options, [greet]);
    open.push(queues);
    return queues;
  };

  it('queues a job once while it waits', async () => {
    const queues = await openQueues();
    const greeted: string[] = [];
    await queues.add(greet, { who: 'ada' });
    await queues.add(greet, { who: 'ada' });
    await queues.add(greet, { who: 'bob' });
    await new Promise<void>((resolve) => {
      queues.work([
        {
          job: greet,
          handle: async ({ who }) => {
            greeted.push(who);
            if (who === 'bob') resolve();
          },
        },
      ]);
    });
    expect(greeted).toEqual(['ada', 'bob']);
  });

  it('forgets every job when its owner says so, so that their ids are free again', async () => {
    const queues = await openQueues();
    await queues.add(greet, { who: 'ada' });
    await queues.forgetAll();
    await queues.add(greet, { who: 'bob' });
    const greeted: string[] = [];
    await new Promise<void>((resolve) => {
      queues.work([{ job: greet, handle: async ({ who }) => void (greeted.push(who) && resolve()) }]);
    });
    expect(greeted).toEqual(['bob']);
  });

  it('runs a failed job again until it has had its attempts', async () => {
    const failures: JobFailure[] = [];
    const ended = new Promise<void>((resolve) => {
      void openQueues({
        onFailure: (failure) => {
          failures.push(failure);
          if (failure.final) resolve();
        },
      }).then(async (queues) => {
        queues.work([{ job: greet, handle: () => Promise.reject(new Error('not now')) }]);
        await queues.add(greet, { who: 'ada' });
      });
    });
    await ended;
    expect(failures.map(({ attempt, final }) => [attempt, final])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ]);
  });

  it('does not repeat a job that failed for good', async () => {
    const failure = await new Promise<JobFailure>((onFailure) => {
      void openQueues({ onFailure }).then(async (queues) => {
        queues.work([{ job: greet, handle: () => Promise.reject(new FinalJobError('never')) }]);
        await queues.add(greet, { who: 'ada' });
      });
    });
    expect(failure).toMatchObject({ attempt: 1, final: true });
  });

  it('refuses to start without a handler, or with two for one job', async () => {
    const queues = await openQueues();
    const handler = { job: greet, handle: async () => undefined };
    expect(() => queues.work([])).toThrow(/spec.greet has no handler/);
    expect(() => queues.work([handler, handler])).toThrow(/twice/);
  });

  it('refuses ids that BullMQ cannot keep', async () => {
    const queues = await openQueues();
    await expect(queues.add({ ...greet }, { who: 'x' })).rejects.toThrow(/not in the table/);
    await expect(queues.add(greet, { who: 'a:b' })).rejects.toThrow(/colon/);
  });

  it('names the variable when Redis does not answer', async () => {
    await expect(openQueues({ url: 'unix:///nonexistent.sock' })).rejects.toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      message: expect.stringContaining('CHROOM_SPEC_REDIS_URL'),
    });
  });

  it('names the variable when Redis would throw away keys', async () => {
    const client = new Redis(connectionTarget(redis.url));
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await expect(openQueues()).rejects.toMatchObject({
        code: 'SETTING_INVALID',
        message: expect.stringMatching(/CHROOM_SPEC_REDIS_URL.*noeviction.*allkeys-lru/),
      });
    } finally {
      await client.config('SET', 'maxmemory-policy', 'noeviction');
      client.disconnect();
    }
    expect((await openQueues()).isConnected).toBe(true);
  });

  it('fails at once when Redis goes down before it has answered', async () => {
    const server = await ownRedis();
    const queues = await openQueues({ url: server.url });
    await queues.add(greet, { who: 'ada' });
    server.halt();
    const added = queues.add(greet, { who: 'bob' });
    await Promise.all([server.kill(), expect(added).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' })]);
    await Promise.all(open.splice(0).map((each) => each.close()));
    await server.dispose();
  });

  it('fails at once while Redis is down and works again afterwards', async () => {
    const server = await ownRedis();
    let onUp: () => void = () => undefined;
    const back = new Promise<void>((resolve) => {
      onUp = resolve;
    });
    let onDown: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => {
      onDown = resolve;
    });
    const queues = await openQueues({ url: server.url, onConnection: (isUp) => (isUp ? onUp() : onDown()) });
    await server.kill();
    await gone;
    await expect(queues.add(greet, { who: 'ada' })).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    await server.start();
    await back;
    await new Promise<void>((resolve) => {
      queues.work([{ job: greet, handle: async () => resolve() }]);
      void queues.add(greet, { who: 'ada' });
    });
    await Promise.all(open.splice(0).map((each) => each.close()));
    await server.dispose();
  });
});

describe('retryDelayMs', () => {
  it('doubles up to the longest, with the upper half random', () => {
    const policy = { attempts: 10, firstMs: 100, longestMs: 1_000 };
    expect([1, 2, 3, 4, 5, 50].map((attempt) => retryDelayMs(policy, attempt, () => 1))).toEqual([
      100, 200, 400, 800, 1_000, 1_000,
    ]);
    expect(retryDelayMs(policy, 1, () => 0)).toBe(50);
  });
});
