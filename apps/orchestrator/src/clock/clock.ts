import { Injectable } from '@nestjs/common';

/** The wall clock. Inject it wherever time decides something, so that specs can set it. */
@Injectable()
export class Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number {
    return Date.now();
  }
}
