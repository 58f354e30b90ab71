import { describe, expect, it } from '@jest/globals';
import { supervise } from './supervise.mjs';

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process whose end the test decides. */
function fakeProcess(name: string, pid: number) {
  let finish: (how: Ending) => void = () => {};
  const end = new Promise<Ending>((resolve) => {
    finish = resolve;
  });
  return { name, pid, end, kill: () => finish({ code: null, signal: 'SIGKILL' }) };
}

/** One place whose process is made anew at every start; `waits` collects the pauses before. */
function arrange(startFails = false) {
  const made = [fakeProcess('orchestrator', 1)];
  const waits: number[] = [];
  const steps: string[] = [];
  let nowMs = 0;
  let started: () => void = () => {};
  const place = {
    child: made[0]!,
    start: async () => {
      if (startFails) throw new Error('the port is taken');
      const child = fakeProcess('orchestrator', made.length + 1);
      made.push(child);
      queueMicrotask(() => queueMicrotask(() => started()));
      return child;
    },
  };
  const supervisor = supervise([place], {
    onStep: (text: string) => void steps.push(text),
    wait: async (delayMs: number) => void waits.push(delayMs),
    nowMs: () => nowMs,
  });
  const killAndSeeRestart = () =>
    new Promise<void>((resolve) => {
      started = resolve;
      made.at(-1)!.kill();
    });
  return { place, supervisor, made, waits, steps, killAndSeeRestart, pass: (ms: number) => (nowMs += ms) };
}

describe('the supervisor of a network', () => {
  it('starts a process that was killed again, and says so', async () => {
    const { place, made, steps, killAndSeeRestart } = arrange();
    await killAndSeeRestart();
    expect(place.child).toBe(made[1]);
    expect(steps).toEqual(['orchestrator ended (SIGKILL)', 'orchestrator runs again (process 2)']);
  });

  it('waits longer each time, and gives up on one that never lasts', async () => {
    const { supervisor, made, waits, killAndSeeRestart } = arrange();
    for (let count = 0; count < 5; count += 1) await killAndSeeRestart();
    expect(waits).toEqual([250, 500, 1000, 2000, 4000]);
    made.at(-1)!.kill();
    expect(await supervisor.gaveUp).toMatchObject({ name: 'orchestrator', signal: 'SIGKILL' });
    expect(made).toHaveLength(6);
  });

  it('forgives what is a minute ago', async () => {
    const { waits, killAndSeeRestart, pass } = arrange();
    for (let count = 0; count < 8; count += 1) {
      await killAndSeeRestart();
      pass(61_000);
    }
    expect(new Set(waits)).toEqual(new Set([250]));
  });

  it('gives up when a process cannot be started again', async () => {
    const { supervisor, made } = arrange(true);
    made[0]!.kill();
    expect(await supervisor.gaveUp).toMatchObject({ name: 'orchestrator' });
  });

  it('starts nothing once it was stopped', async () => {
    const { supervisor, made } = arrange();
    await supervisor.stop();
    made[0]!.kill();
    await made[0]!.end;
    await Promise.resolve();
    expect(made).toHaveLength(1);
  });
});
