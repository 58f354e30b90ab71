import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';

const bench = path.join(import.meta.dirname, 'bench.mjs');

describe('npm run bench', () => {
  it('loads every scenario and says what it measures', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [bench, '--list'], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[0]);
    expect(names).toEqual(expect.arrayContaining(['forward', 'latency', 'memory', 'one-big-room', 'peers', 'rooms']));
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/^\S+ +\S.{10,}/);
  });
});
