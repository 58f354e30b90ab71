import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { costBetween, readCost } from './process-cost.mjs';

describe('the cost of a process tree', () => {
  it('counts what a child of the process burns', async () => {
    // The shell stays, and its child works for 0.1 s of its own processor time, then says so and waits.
    const work = 'const end = 1e5; while (process.cpuUsage().user < end); console.log("done"); process.stdin.resume()';
    const shell = spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, work], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      const before = readCost(shell.pid, [0]);
      await once(shell.stdout, 'data');
      const cost = costBetween(before, readCost(shell.pid, [0]));
      expect(cost.cpuNs).toBeGreaterThan(0.09e9);
      expect(cost.threadsEnded).toBe(0);
    } finally {
      shell.stdin.end();
      await once(shell, 'exit');
    }
  }, 60_000);

  it('takes only the growth of threads that were there, all of new ones, and tells which are gone', () => {
    const reading = (threads: [string, number][], daemonNs: number, columnNs: number, busyNs: number) => ({
      threads: new Map(threads),
      daemonNs,
      columnNs,
      busyNs,
    });
    const before = reading(
      [
        ['1', 100],
        ['2', 50],
      ],
      10,
      1000,
      5000,
    );
    const after = reading(
      [
        ['1', 130],
        ['3', 7],
      ],
      12,
      1003,
      5100,
    );
    expect(costBetween(before, after)).toEqual({
      cpuNs: 30 + 7 + 2 + 3,
      softIrqNs: 5,
      coresBusyNs: 100,
      threadsEnded: 1,
    });
  });
});
