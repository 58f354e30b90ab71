import { describe, expect, it } from '@jest/globals';
import { judge } from './instruction-gate.mjs';

const committed = {
  settings: { toolchain: 'gcc 12.2.0, glibc 2.36' },
  ratios: { gcm_instructions_per_packet: 1000, cm_instructions_per_packet: 5000 },
};
const count = (perPacket: number, toolchain = committed.settings.toolchain) =>
  judge(committed, { cipher: 'gcm', perPacket, toolchain });

describe('the instruction gate', () => {
  it('passes up to two percent more than committed', () => {
    expect(count(1000).verdict).toBe('passed');
    expect(count(1020).verdict).toBe('passed');
  });

  it('fails above two percent and says what to do', () => {
    const { verdict, text } = count(1021);
    expect(verdict).toBe('failed');
    expect(text).toMatch(/1021 .* committed 1000 \(2\.10 %\).*npm run bench -- instructions/);
  });

  it('asks for a new count where it improved', () => {
    const { verdict, text } = count(970);
    expect(verdict).toBe('passed');
    expect(text).toMatch(/improved.*--json benchmarks\/results\/instructions\.json/);
  });

  it('compares nothing between different compilers', () => {
    const { verdict, text } = count(2000, 'gcc 13.2.0, glibc 2.39');
    expect(verdict).toBe('skipped');
    expect(text).toMatch(/gcc 13\.2\.0.*gcc 12\.2\.0.*not comparable/);
  });

  it('knows each cipher by itself', () => {
    const { toolchain } = committed.settings;
    expect(judge(committed, { cipher: 'cm', perPacket: 5050, toolchain }).verdict).toBe('passed');
    expect(judge(committed, { cipher: 'cm', perPacket: 5200, toolchain }).verdict).toBe('failed');
  });
});
