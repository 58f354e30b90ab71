import { create } from '@bufbuild/protobuf';
import { control } from '@chroom/protocol';
import { describe, expect, it } from '@jest/globals';
import { EventLog } from './event-log.js';

const event = (room: string) => create(control.EventSchema, { room });
const all = () => true;

async function take(events: AsyncGenerator<control.Event>, count: number): Promise<bigint[]> {
  const numbers: bigint[] = [];
  while (numbers.length < count) {
    const next = await events.next();
    if (next.done) break;
    numbers.push(next.value.number);
  }
  await events.return(undefined);
  return numbers;
}

describe('EventLog', () => {
  it('numbers events from its start on, without a gap', async () => {
    const log = new EventLog(5, 8);
    log.append([event('RM_1'), event('RM_2')]);
    log.append([event('RM_1')]);
    expect(await take(log.follow(0n, all, new AbortController().signal), 3)).toEqual([5001n, 5002n, 5003n]);
    expect([log.oldest, log.newest]).toEqual([5001n, 5003n]);
  });

  it('resumes after a cursor and waits for what comes', async () => {
    const log = new EventLog(0, 8);
    log.append([event('RM_1'), event('RM_1')]);
    const taking = take(log.follow(1n, all, new AbortController().signal), 2);
    log.append([event('RM_1')]);
    expect(await taking).toEqual([2n, 3n]);
  });

  it('gives only what is wanted', async () => {
    const log = new EventLog(0, 8);
    log.append([event('RM_1'), event('RM_2'), event('RM_1')]);
    const ofRoom1 = log.follow(0n, ({ room }) => room === 'RM_1', new AbortController().signal);
    expect(await take(ofRoom1, 2)).toEqual([1n, 3n]);
  });

  it('refuses a cursor whose events are gone, and one of the future', async () => {
    const log = new EventLog(0, 2);
    log.append([event('RM_1'), event('RM_1'), event('RM_1'), event('RM_1')]);
    const lost = expect.objectContaining({ code: 'EVENTS_LOST' });
    await expect(take(log.follow(1n, all, new AbortController().signal), 1)).rejects.toEqual(lost);
    await expect(take(log.follow(9n, all, new AbortController().signal), 1)).rejects.toEqual(lost);
    expect(await take(log.follow(2n, all, new AbortController().signal), 2)).toEqual([3n, 4n]);
  });

  it('tells a reader that fell behind instead of skipping silently', async () => {
    const log = new EventLog(0, 2);
    log.append([event('RM_1')]);
    const reading = log.follow(0n, all, new AbortController().signal);
    await reading.next();
    log.append([event('RM_1'), event('RM_1'), event('RM_1')]);
    await expect(reading.next()).rejects.toMatchObject({ code: 'EVENTS_LOST' });
  });

  it('ends when its reader goes', async () => {
    const log = new EventLog(0, 2);
    const going = new AbortController();
    const taking = take(log.follow(0n, all, going.signal), 1);
    going.abort();
    expect(await taking).toEqual([]);
  });
});
