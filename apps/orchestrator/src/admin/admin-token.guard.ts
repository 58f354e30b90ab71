import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { OrchestratorSettings } from '../configuration/orchestrator-settings.js';
import { bearerToken } from '../http/bearer-token.js';

/** Lets only the holder of CHROOM_ADMIN_TOKEN pass. Compares hashes, so that time tells nothing about the token. */
@Injectable()
export class AdminTokenGuard implements CanActivate {
  private readonly expected: Buffer;

  constructor(settings: OrchestratorSettings) {
    this.expected = hash(settings.adminToken);
  }

  canActivate(context: ExecutionContext): boolean {
    const token = bearerToken(context.switchToHttp().getRequest<IncomingMessage>());
    if (token === '') throw new ChroomError('TOKEN_MISSING', 'send the admin token as Authorization: Bearer <token>');
    if (timingSafeEqual(hash(token), this.expected)) return true;
    throw new ChroomError('TOKEN_INVALID', 'this is not the admin token (CHROOM_ADMIN_TOKEN of the orchestrator)');
  }
}

function hash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
