import { Injectable } from '@nestjs/common';

/** Ends a timer; calling it late or twice does nothing. */
export type CancelTimer = () => void;

/** Delays. Inject it wherever something happens later, so that specs can let time pass. */
@Injectable()
export class Timers {
  after(delayMs: number, action: () => void): CancelTimer {
    const handle = setTimeout(action, delayMs);
    handle.unref();
    return () => clearTimeout(handle);
  }
}
