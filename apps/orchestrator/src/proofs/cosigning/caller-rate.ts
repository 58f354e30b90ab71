import { LeafFileRequests } from '@chroom/receipts';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';

/** How often one address may ask, before a signature of it is looked at; and how many files are held at once. */
@Injectable()
export class CallerRate extends LeafFileRequests {
  constructor(clock: Clock) {
    super(() => clock.nowMs());
  }
}
