import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parseBenchOptions } from './options.mjs';
import { findFault, makeResult, round, summarise } from './result.mjs';
import { measureBetweenYardsticks, runYardstick } from './yardstick.mjs';
import { parseYardstick, rowsOf } from './yardstick-rows.mjs';

const scenarios = ['forward', 'memory'];
const good = {
  settings: { receivers: 2 },
  cases: [summarise('cost', 'ns/packet', [3, 1, 2])],
  ratios: { over: 1.5 },
  notes: ['loopback'],
};

describe('the result of a benchmark', () => {
  it('names what was measured, where, and on which commit', () => {
    const result = makeResult('forward', good);
    expect(result.scenario).toBe('forward');
    expect(result.commit).toMatch(/^([0-9a-f]{12}\+?|unknown)$/);
    expect(result.machine.cores).toBeGreaterThanOrEqual(1);
    expect(result.machine.cpu).not.toBe('');
    expect(result.machine.kernel).not.toBe('');
    expect(result.cases[0]).toEqual({ name: 'cost', unit: 'ns/packet', n: 3, min: 1, median: 2, max: 3 });
    expect(Object.keys(result)).toEqual(['scenario', 'commit', 'machine', 'settings', 'cases', 'ratios', 'notes']);
    expect(findFault(JSON.parse(JSON.stringify(result)))).toBeUndefined();
  });

  it('takes the middle of an even number of values, and rounds to what is known', () => {
    expect(summarise('cost', 'ns', [4, 1, 3, 2]).median).toBe(2.5);
    expect(round(1234.567)).toBe(1235);
    expect(round(1.234567)).toBe(1.235);
    expect(round(25_690.4)).toBe(25_690);
  });

  it('refuses what is not a measurement', () => {
    expect(() => summarise('cost', 'ns', [])).toThrow(/expected values/);
    expect(() => makeResult('forward', { ...good, cases: [] })).toThrow(/cases/);
    expect(() => makeResult('forward', { ...good, ratios: { over: Number.NaN } })).toThrow(/over/);
    expect(findFault({ ...makeResult('forward', good), machine: {} })).toMatch(/machine/);
    expect(findFault({ ...makeResult('forward', good), cases: [{ ...good.cases[0], min: 9 }] })).toMatch(
      /min <= median/,
    );
  });
});

describe('the options of a benchmark', () => {
  it('takes a scenario, a file and quickness', () => {
    expect(parseBenchOptions(['forward', '--json', 'out.json', '--quick'], scenarios)).toEqual({
      list: false,
      scenario: 'forward',
      json: 'out.json',
      quick: true,
      full: false,
    });
    expect(parseBenchOptions(['memory'], scenarios)).toMatchObject({ scenario: 'memory', quick: false });
    expect(parseBenchOptions(['forward', '--full'], scenarios)).toMatchObject({ full: true });
    expect(parseBenchOptions(['--list'], scenarios)).toEqual({ list: true });
  });

  it('refuses the rest with a code', () => {
    expect(() => parseBenchOptions(['fastest'], scenarios)).toThrow(/^SCENARIO_UNKNOWN: .*"fastest".*forward, memory/);
    expect(() => parseBenchOptions([], scenarios)).toThrow(/^INVALID_ARGUMENT: .*one scenario/);
    expect(() => parseBenchOptions(['forward', 'memory'], scenarios)).toThrow(/^INVALID_ARGUMENT: .*received 2/);
    expect(() => parseBenchOptions(['forward', '--fast'], scenarios)).toThrow(/^INVALID_ARGUMENT: .*--fast/);
    expect(() => parseBenchOptions(['forward', '--json'], scenarios)).toThrow(/^INVALID_ARGUMENT/);
  });
});

describe('a yardstick', () => {
  const row = 'recvmmsg, own GCM, connected send';

  it('prints the medians of its rows and the kernels it used', () => {
    const text = `{"kernel":"vaes512","hashKernel":"avx2","cases":[{"name":"${row}","n":5,"min":1,"median":1726.8,"max":3}]}`;
    const medians = parseYardstick(text, [row]);
    expect(medians.get(row)).toBe(1726.8);
    expect(medians.kernels).toEqual({ gcm: 'vaes512', cmSha1: 'avx2' });
  });

  it('is compared with each cell by the rows of its cipher and frame, with sinks on either core', () => {
    expect(rowsOf({ cipher: 'gcm', packets: 1 })).toEqual({
      gcm_f1_n100_over_limit: row,
      gcm_f1_n100_over_limit_polled_sinks: `${row}; sinks on another core`,
    });
  });

  const measure = (medians: number[], wanted: number) => {
    const yardsticks = medians.map((median) => new Map([[row, median]]));
    return measureBetweenYardsticks(
      { rows: { over: row }, wanted, most: medians.length - 1 },
      async () => yardsticks.shift() as Map<string, number>,
      async () => ({ nsPerPacket: 3000 }),
    );
  };

  it('makes pairs of the trials around which it held still, and stops when there are enough', async () => {
    const { trials, yardsticks, ratios, steady } = await measure([1000, 1500, 1500, 1000, 1000, 1000], 2);
    expect({ trials: trials.length, yardsticks: yardsticks.length, steady }).toEqual({
      trials: 4,
      yardsticks: 5,
      steady: true,
    });
    expect(ratios.over).toEqual([2, 3]);
  });

  it('says so when it never held still', async () => {
    const { trials, ratios, steady } = await measure([1000, 1060, 1000], 1);
    expect({ trials: trials.length, pairs: ratios.over, steady }).toEqual({ trials: 2, pairs: [], steady: false });
  });
});

describe('a yardstick that CHROOM_LIMIT names', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'chroom-limit-'));
  });
  afterEach(() => {
    delete process.env.CHROOM_LIMIT;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const program = (name: string, body: string) => {
    const file = path.join(folder, name);
    writeFileSync(file, `#!${process.execPath}\n${body}\n`, { mode: 0o755 });
    return file;
  };
  const run = () => runYardstick(path.join(folder, 'our-own'), { cpu: 0, trials: 3, rows: ['a', 'b'] });

  it('is asked for rows and trials as our own is', async () => {
    process.env.CHROOM_LIMIT = program(
      'other',
      `const cases = process.argv.slice(2).map((name) => ({ name, median: Number(process.env.CHROOM_LIMIT_TRIALS) }));
      process.stdout.write(JSON.stringify({ cases }));`,
    );
    expect([...(await run())]).toEqual([
      ['a', 3],
      ['b', 3],
    ]);
  });

  it('is refused by name when it fails, prints no JSON, or lacks a row', async () => {
    process.env.CHROOM_LIMIT = path.join(folder, 'absent');
    await expect(run()).rejects.toThrow(/^YARDSTICK_FAILED: .*absent ended with/);
    process.env.CHROOM_LIMIT = program('table', `process.stdout.write('path N F');`);
    await expect(run()).rejects.toThrow(/^YARDSTICK_FAILED: .*table ended with/);
    process.env.CHROOM_LIMIT = program('half', `process.stdout.write('{"cases":[{"name":"a","median":1}]}');`);
    await expect(run()).rejects.toThrow(/^YARDSTICK_FAILED: .*half.*none of "b"/);
  });
});
