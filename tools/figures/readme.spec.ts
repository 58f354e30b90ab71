import { describe, expect, it } from '@jest/globals';
import { readmeNow, withFigures } from './readme.mjs';
import { makeTable } from './table.mjs';

describe('the figures in README.md', () => {
  it('are those of benchmarks/results (otherwise: node tools/figures.mjs)', () => {
    const readme = readmeNow();
    expect(withFigures(readme)).toBe(readme);
  });

  it('name the machine and the commit, and leave out what was not measured', () => {
    const machine = { cpu: 'A CPU', cores: 2, kernel: '6.1' };
    const ratios = { bytes_per_session: 12_345.6, idle_core_share: 0.0234 };
    const table = makeTable([{ scenario: 'memory', commit: 'abc', machine, ratios }]);
    expect(table).toContain('| memory of an idle session, data channels open | 12.3 kB | ≤ 48 kB | memory |');
    expect(table).toContain('| 10 000 idle sessions: share of a core | 2.34 % | ≤ 4 % | memory |');
    expect(table).not.toContain('forward');
    expect(table).toContain('memory at abc on A CPU, 2 cores, Linux 6.1.');
  });

  it('say which bar is a lower one', () => {
    const machine = { cpu: 'A CPU', cores: 2, kernel: '6.1' };
    const ratios = { two_workers_over_one: 1.73 };
    expect(makeTable([{ scenario: 'one-big-room', commit: 'abc', machine, ratios }])).toMatch(/\| 1\.73 \| ≥ 1\.7 \|/);
  });

  it('cannot lose their marks', () => {
    expect(() => withFigures('# Chroom\n')).toThrow(/README\.md: expected/);
  });
});
