import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AddressBudgets, ChroomError } from '@chroom/protocol';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { bearerToken } from '../http/bearer-token.js';

const kWrongTokensPerSecond = 1;
const kWrongTokensInABurst = 20;

/** Lets only the holder of CHROOM_ADMIN_TOKEN pass. Compares hashes, so that time tells nothing about the token. */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  private readonly expected: Buffer;
  private readonly wrongTokens = new AddressBudgets(kWrongTokensPerSecond, kWrongTokensInABurst);

  constructor(
    settings: OrchestratorSettings,
    private readonly clock: Clock,
  ) {
    this.expected = hash(settings.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const token = bearerToken(request);
    if (token === '') throw new ChroomError('TOKEN_MISSING', 'send the admin token as Authorization: Bearer <token>');
    if (timingSafeEqual(hash(token), this.expected)) return true;
    if (!this.wrongTokens.take(request.socket.remoteAddress ?? '', this.clock.nowMs())) {
      throw new ChroomError('LIMIT_EXCEEDED', 'too many wrong admin tokens came from this address; wait a second');
    }
    throw new ChroomError('TOKEN_INVALID', 'this is not the admin token (CHROOM_ADMIN_TOKEN of the orchestrator)');
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
