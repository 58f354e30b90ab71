import { settledWithinMs } from './settlement.mjs';

/** What a good call looks like on one machine; each broken bar is a line. */
const bars = { joinMs: 3000, reloadMs: 3000, fps: 24, freezes: 0, settledAfterMs: settledWithinMs };

/** @returns {string[]} */
export function brokenBars(figures) {
  const broken = [];
  const atMost = (name, unit) => {
    const value = figures[name];
    if (!(value <= bars[name])) broken.push(`${name}: ${value} ${unit}, expected at most ${bars[name]} ${unit}`);
  };
  atMost('joinMs', 'ms');
  atMost('reloadMs', 'ms');
  const fps = Math.min(...figures.fps);
  if (!(fps >= bars.fps)) broken.push(`fps: ${fps}, expected at least ${bars.fps}`);
  if (figures.freezes > bars.freezes) broken.push(`freezes: ${figures.freezes}, expected ${bars.freezes}`);
  if (figures.audible.includes(false)) broken.push('audio: one side received silence');
  atMost('settledAfterMs', 'ms');
  if (figures.verified !== true) broken.push('verified: verify-settlement does not accept the settlement');
  return broken;
}
