import type { IncomingMessage } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock/clock.js';
import { AddressBudgets } from '../../signalling/address-budgets.js';

/** A settlement asks a few times an epoch for each node; a watcher reads one file of each. */
const requestsPerSecond = 10;
const burst = 100;

/** How often one address may ask, before a signature of it is looked at. */
@Injectable()
export class CallerRate {
  private readonly addresses = new AddressBudgets(requestsPerSecond, burst);

  constructor(private readonly clock: Clock) {}

  /** @throws ChroomError LIMIT_EXCEEDED */
  admit(request: IncomingMessage): void {
    if (this.addresses.take(request.socket.remoteAddress ?? '', this.clock.nowMs())) return;
    const message = `expected at most ${requestsPerSecond} requests a second of one address; slow down`;
    throw new ChroomError('LIMIT_EXCEEDED', message);
  }
}
