// Whether the instructions counted now may be committed, by the committed count.
import { ciphers } from './instructions.mjs';

/** More than this share above the committed count fails. */
export const tolerance = 0.02;

/** What writes the committed count anew. */
export const update = 'npm run bench -- instructions --json benchmarks/results/instructions.json';

/**
 * Counts compare only between equal compilers and C libraries: another one may well differ by more than the tolerance.
 * @param {{settings: {toolchain: string}, ratios: Record<string, number>}} committed benchmarks/results/instructions.json
 * @param {{cipher: 'gcm' | 'cm', perPacket: number, toolchain: string}} counted
 * @returns {{verdict: 'passed' | 'failed' | 'skipped', text: string}}
 */
export function judge(committed, { cipher, perPacket, toolchain }) {
  if (committed.settings.toolchain !== toolchain) {
    return {
      verdict: 'skipped',
      text: `counted with ${toolchain}, committed with ${committed.settings.toolchain}: not comparable`,
    };
  }
  const before = committed.ratios[`${cipher}_instructions_per_packet`];
  const share = perPacket / before - 1;
  const text = `${ciphers[cipher]}: ${perPacket} instructions per forwarded packet, committed ${before} (${(share * 100).toFixed(2)} %)`;
  if (perPacket > before * (1 + tolerance)) {
    return {
      verdict: 'failed',
      text: `${text}; at most +${tolerance * 100} % is allowed. Find what costs more, or where it is worth it: ${update}`,
    };
  }
  if (perPacket < before * (1 - tolerance))
    return { verdict: 'passed', text: `${text}; it improved, so commit the new count: ${update}` };
  return { verdict: 'passed', text };
}
