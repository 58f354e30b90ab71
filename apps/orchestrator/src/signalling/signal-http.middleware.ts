import type { IncomingMessage, ServerResponse } from 'node:http';
import { Injectable, Logger, type NestMiddleware } from '@nestjs/common';
import { asCodedError } from '../http/coded-errors.filter.js';
import { Admissions } from './admissions.js';
import { refusalStatus } from './refusal.js';
import { parseTarget, signalPathOf } from './signal-paths.js';

/** The plain HTTP side of signalling: the warm-up at `/`, the validate endpoints, and 404 where an upgrade was meant. */
@Injectable()
export class SignalHttpMiddleware implements NestMiddleware {
  private readonly log = new Logger('Signalling');

  constructor(private readonly admissions: Admissions) {}

  async use(
    request: IncomingMessage & { originalUrl?: string },
    response: ServerResponse,
    next: () => void,
  ): Promise<void> {
    const url = parseTarget(request.originalUrl ?? request.url);
    const path = signalPathOf(url.pathname);
    if (path === 'other') return next();
    allowOrigins(response);
    if (request.method === 'OPTIONS') return answer(response, 204, '');
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (path === 'root') return answer(response, 200, 'OK');
    if (path === 'connect') return answer(response, 404, 'a WebSocket upgrade is expected here');
    await this.validate(request, response, url);
  }

  private async validate(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    try {
      await this.admissions.check(request, url);
      answer(response, 200, 'success');
    } catch (error) {
      const coded = asCodedError(error, this.log);
      answer(response, refusalStatus(coded), coded.message);
    }
  }
}

function allowOrigins(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, OPTIONS');
  response.setHeader('Access-Control-Allow-Headers', '*');
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
