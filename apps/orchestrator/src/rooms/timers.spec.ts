import { describe, expect, it, jest } from '@jest/globals';
import { longestDelayMs, Timers } from './timers.js';

describe('Timers', () => {
  it('runs a delay of months after the longest that there is, not at once', () => {
    jest.useFakeTimers();
    try {
      let ran = false;
      new Timers().after(5_000_000_000, () => {
        ran = true;
      });
      jest.advanceTimersByTime(longestDelayMs - 1);
      expect(ran).toBe(false);
      jest.advanceTimersByTime(1);
      expect(ran).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });
});
