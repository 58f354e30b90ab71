import type { Clock } from '@chroom/protocol';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConnectedNode, kBrokenNodeIsLostMs } from './connected-node.js';
import type { RoomEventsListener } from './media-nodes.port.js';
import { deferred } from './testing/deferred.js';
import { FakeNode, FakeNodeTransports, targetOf } from './testing/fake-node.js';

/** Time passes when the code under test waits: each sleep moves the clock and ends in the next tick. */
class JumpingClock implements Clock {
  private now = 1_000_000;
  nowMs(): number {
    return this.now;
  }
  async sleep(durationMs: number): Promise<void> {
    this.now += durationMs;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

class RecordingListener implements RoomEventsListener {
  readonly numbers: bigint[] = [];
  private readonly waits: { count: number; done: () => void }[] = [];
  private readonly lostReason = deferred<string>();
  readonly lost = this.lostReason.promise;
  alive: readonly string[] | undefined;

  onEvent(event: { number: bigint }): void {
    this.numbers.push(event.number);
    for (const wait of this.waits) if (this.numbers.length >= wait.count) wait.done();
  }

  onNodeLost(reason: string): void {
    this.lostReason.resolve(reason);
  }

  onEventsLost(aliveSessions: ReadonlySet<string>): void {
    this.alive = [...aliveSessions];
  }

  seen(count: number): Promise<void> {
    return new Promise((done) => {
      this.waits.push({ count, done });
      if (this.numbers.length >= count) done();
    });
  }
}

describe('ConnectedNode', () => {
  let fake: FakeNode;
  let node: ConnectedNode;
  let lost: Promise<string>;
  let steps: string[];
  let clock: JumpingClock;
  beforeEach(() => {
    fake = new FakeNode(7n);
    clock = new JumpingClock();
    steps = [];
    lost = new Promise((onLost) => {
      node = new ConnectedNode({
        nodeId: 7n,
        region: 'eu',
        target: targetOf(fake),
        transports: new FakeNodeTransports([fake]),
        clock,
        random: () => 0.5,
        onLost,
        onStep: (step) => steps.push(step.type),
      });
    });
  });
  afterEach(() => node.close());

  const watch = (room: string) => {
    const listener = new RecordingListener();
    const stop = node.watchRoom(room, listener);
    return { listener, stop };
  };

  it('hands the events of a room to its listeners, in order, from the opening on', async () => {
    fake.emit('RM_a');
    await node.open();
    const a = watch('RM_a').listener;
    const b = watch('RM_b').listener;
    for (const room of ['RM_a', 'RM_b', 'RM_a', 'RM_c']) fake.emit(room);
    await Promise.all([a.seen(2), b.seen(1)]);
    expect(a.numbers).toEqual([2n, 4n]);
    expect(b.numbers).toEqual([3n]);
  });

  it('resumes by cursor after a break: nothing twice, nothing missed', async () => {
    await node.open();
    const { listener } = watch('RM_a');
    fake.emit('RM_a');
    await listener.seen(1);
    fake.goDown();
    fake.emit('RM_a');
    fake.comeBack();
    fake.emit('RM_a');
    await listener.seen(3);
    expect(listener.numbers).toEqual([1n, 2n, 3n]);
    expect(fake.cursors[0]).toBe(0n);
  });

  it('ends a subscription, and keeps the others when a listener throws', async () => {
    await node.open();
    const ended = watch('RM_a');
    ended.stop();
    node.watchRoom('RM_a', {
      onEvent: () => {
        throw new Error('listener fault');
      },
      onNodeLost: () => undefined,
      onEventsLost: () => undefined,
    });
    const { listener } = watch('RM_a');
    fake.emit('RM_a');
    await listener.seen(1);
    expect(ended.listener.numbers).toEqual([]);
    expect(steps).toContain('listener-failed');
  });

  it('is lost at once when the stream breaks and the registry lists it as dead', async () => {
    await node.open();
    const { listener } = watch('RM_a');
    fake.emit('RM_a');
    await listener.seen(1);
    node.update(targetOf(fake), 'dead');
    const startedMs = clock.nowMs();
    fake.goDown();
    expect(await listener.lost).toMatch(/registry lists it as gone/);
    await lost;
    expect(clock.nowMs() - startedMs).toBeLessThan(kBrokenNodeIsLostMs / 2);
  });

  it('is not lost by the word of the registry alone', async () => {
    await node.open();
    const { listener } = watch('RM_a');
    node.update(undefined, undefined);
    fake.emit('RM_a');
    await listener.seen(1);
    expect(steps).toEqual([]);
  });

  it('is lost when the stream stays broken for long although the registry lists it as live', async () => {
    await node.open();
    const { listener } = watch('RM_a');
    const startedMs = clock.nowMs();
    fake.goDown();
    expect(await listener.lost).toMatch(/nothing was heard/);
    expect(clock.nowMs() - startedMs).toBeGreaterThanOrEqual(kBrokenNodeIsLostMs);
  });

  it('tells the rooms of a restarted node, which has forgotten them', async () => {
    await node.open();
    const { listener } = watch('RM_a');
    fake.emit('RM_a');
    await listener.seen(1);
    fake.restart();
    fake.comeBack();
    expect(await listener.lost).toMatch(/restarted/);
    const later = watch('RM_b').listener;
    await clock.sleep(0);
    fake.emit('RM_b');
    await later.seen(1);
  });

  it('keeps rooms that the node still has when events were lost', async () => {
    fake.sessions.push({ room: 'RM_kept', session: 'PA_1' });
    await node.open();
    const kept = watch('RM_kept').listener;
    const forgotten = watch('RM_gone').listener;
    fake.emit('RM_kept');
    await kept.seen(1);
    fake.goDown();
    for (let i = 0; i < 5; i += 1) fake.emit('RM_kept');
    fake.oldestKept = 5n;
    fake.events = fake.events.filter((event) => event.number >= 5n);
    fake.comeBack();
    await forgotten.lost;
    fake.emit('RM_kept');
    await kept.seen(2);
    expect(kept.numbers).toEqual([1n, 7n]);
    expect(kept.alive).toEqual(['PA_1']);
    expect(forgotten.alive).toBeUndefined();
  });
});
