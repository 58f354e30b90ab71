import { Clock } from '../../clock/clock.js';
import type { CancelTimer } from '../timers.js';
import { Timers } from '../timers.js';

/** A clock that stands still until a spec moves it; timers run in the order of their time. */
export class ManualTime {
  private timers: { readonly atMs: number; readonly action: () => void }[] = [];
  private currentMs = 1_700_000_000_000;

  readonly clock: Clock = Object.assign(new Clock(), { nowMs: () => this.currentMs });
  readonly asTimers: Timers = Object.assign(new Timers(), {
    after: (delayMs: number, action: () => void): CancelTimer => {
      const timer = { atMs: this.currentMs + delayMs, action };
      this.timers.push(timer);
      return () => {
        this.timers = this.timers.filter((other) => other !== timer);
      };
    },
  });

  /** Lets time pass; timers that a timer starts run too when they fall into it. */
  advance(ms: number): void {
    const endMs = this.currentMs + ms;
    for (;;) {
      const due = this.timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!due) break;
      this.timers = this.timers.filter((timer) => timer !== due);
      this.currentMs = Math.max(this.currentMs, due.atMs);
      due.action();
    }
    this.currentMs = endMs;
  }

  /** How many timers run for that long or less from now. */
  pending(withinMs: number): number {
    return this.timers.filter(({ atMs }) => atMs <= this.currentMs + withinMs).length;
  }
}
