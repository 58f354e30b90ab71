import { AddressBudgets, ChroomError } from '@chroom/protocol';
import { Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { ServerApiSettings } from './server-api-settings.js';

const kBurstSeconds = 2;

/** How often one address, and one API key, may call. */
@Injectable()
export class RequestRate {
  private readonly byAddress: AddressBudgets;
  private readonly byKey: AddressBudgets;

  constructor(
    private readonly settings: ServerApiSettings,
    private readonly clock: Clock,
  ) {
    const { requestsPerSecondPerAddress, requestsPerSecondPerKey } = settings;
    this.byAddress = new AddressBudgets(requestsPerSecondPerAddress, requestsPerSecondPerAddress * kBurstSeconds);
    this.byKey = new AddressBudgets(requestsPerSecondPerKey, requestsPerSecondPerKey * kBurstSeconds);
  }

  /** Before anything is verified. @throws ChroomError LIMIT_EXCEEDED. */
  admitAddress(address: string): void {
    if (this.byAddress.take(address, this.clock.nowMs())) return;
    throw exceeded('address', this.settings.requestsPerSecondPerAddress, `${kVariable}_PER_ADDRESS`);
  }

  /** @throws ChroomError LIMIT_EXCEEDED. */
  admitKey(apiKey: string): void {
    if (this.byKey.take(apiKey, this.clock.nowMs())) return;
    throw exceeded('API key', this.settings.requestsPerSecondPerKey, kVariable);
  }
}

const kVariable = 'CHROOM_SERVER_API_REQUESTS_PER_SECOND';

function exceeded(whose: string, perSecond: number, variable: string): ChroomError {
  return new ChroomError(
    'LIMIT_EXCEEDED',
    `expected at most ${perSecond} requests a second of one ${whose} (${variable}); slow down`,
  );
}
