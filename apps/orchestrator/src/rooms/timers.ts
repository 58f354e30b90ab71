import { Injectable } from '@nestjs/common';

/** Ends a timer; calling it late or twice does nothing. */
export type CancelTimer = () => void;

/** Node runs a longer delay at once (its timers hold 31 bits); 24 days. */
export const longestDelayMs = 2 ** 31 - 1;

/** Delays. Inject it wherever something happens later, so that specs can let time pass. */
@Injectable()
export class Timers {
  after(delayMs: number, action: () => void): CancelTimer {
    const handle = setTimeout(action, Math.min(delayMs, longestDelayMs));
    handle.unref();
    return () => clearTimeout(handle);
  }
}
