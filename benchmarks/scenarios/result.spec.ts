import { describe, expect, it } from '@jest/globals';
import { parseBenchOptions } from './options.mjs';
import { findFault, makeResult, round, summarise } from './result.mjs';
import { medianOfRow, ownCoreRows, parseYardstick } from './yardstick-rows.mjs';

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

describe('the output of a yardstick', () => {
  it('is read as JSON', () => {
    const text = `{"kernel":"vaes512","cases":[
      {"name":"recvmmsg, EVP GCM, sendmmsg","receivers":100,"packetsPerFrame":8,"n":5,"min":1,"median":1726.8,"max":3}]}`;
    expect(medianOfRow(parseYardstick(text), ownCoreRows.batched)).toBe(1726.8);
    expect(parseYardstick(text).kernels).toMatchObject({ gcm: 'vaes512' });
  });

  it('is read as a table', () => {
    const text = `path                                              N   F   median   lowest packets/s   ns per packet sent, by stage
GRO, own GCM, connected send + GSO               10   8    982.0    921.8   1018377   rx   16.5 dec    9.9 enc  116.8 tx  838.6
GRO, own GCM, connected send + GSO              100   8    990.1    951.2   1010101   rx    2.0 dec    1.1 enc  118.0 tx  868.9`;
    const rows = parseYardstick(text);
    expect(rows).toHaveLength(2);
    expect(medianOfRow(rows, ownCoreRows.limit)).toBe(990.1);
    expect(() => medianOfRow(rows, ownCoreRows.single)).toThrow(/recvmmsg, own GCM, connected send/);
  });
});
