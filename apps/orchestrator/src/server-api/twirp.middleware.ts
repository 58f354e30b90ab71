import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChroomError } from '@chroom/protocol';
import { Injectable, Logger, type NestMiddleware } from '@nestjs/common';
import { AccessTokens } from '../access/access-tokens.port.js';
import { bearerToken } from '../http/bearer-token.js';
import { asCodedError } from '../http/coded-errors.filter.js';
import { readRawBody } from '../http/raw-body.js';
import { RequestRate } from './request-rate.js';
import { badRoute, type TwirpError, twirpError } from './twirp-errors.js';
import type { WireFormat } from './twirp-method.js';
import { TwirpRoutes } from './twirp-routes.js';

/** 512 kB of metadata and some room around it; protobuf fields of 64 kB data packets are far below. */
const kMostBodyBytes = 1024 * 1024;
const kFormats: Readonly<Record<string, WireFormat>> = {
  'application/json': 'json',
  'application/protobuf': 'protobuf',
};

/** LiveKit's server API: `POST /twirp/<service>/<method>`. A middleware, because bodies are JSON or protobuf bytes. */
@Injectable()
export class TwirpMiddleware implements NestMiddleware {
  private readonly log = new Logger('ServerApi');

  constructor(
    private readonly tokens: AccessTokens,
    private readonly routes: TwirpRoutes,
    private readonly rate: RequestRate,
  ) {}

  async use(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> {
    try {
      await this.serve(request, response);
    } catch (error) {
      const refusal = isTwirpError(error) ? error : twirpError(asCodedError(error, this.log));
      // What was not read of a too long body must not become the next request.
      if (!request.complete) response.setHeader('connection', 'close');
      answer(response, refusal.status, 'application/json', Buffer.from(JSON.stringify(refusal.body)));
    }
  }

  private async serve(request: IncomingMessage & { originalUrl?: string }, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS') return allowOrigins(response);
    const [, service = '', name = ''] = /\/twirp\/([\w.]+)\/(\w+)$/.exec(pathOf(request)) ?? [];
    const contentType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const format = kFormats[contentType];
    if (request.method !== 'POST') throw badRoute(`expected POST, got ${request.method}`);
    this.rate.admitAddress(request.socket.remoteAddress ?? '');
    const token = bearerToken(request);
    if (token === '') throw new ChroomError('TOKEN_MISSING', 'no access token was sent; send it as a Bearer token');
    const claims = await this.tokens.verify(token);
    this.rate.admitKey(claims.apiKey);
    const method = this.routes.find(service, name);
    if (method === undefined) throw badRoute(`there is no method ${service}/${name}`);
    if (format === undefined) {
      throw badRoute(`expected Content-Type ${Object.keys(kFormats).join(' or ')}, got ${JSON.stringify(contentType)}`);
    }
    const body = await readRawBody(request, kMostBodyBytes);
    answer(response, 200, contentType, await method(claims, format, body));
  }
}

function pathOf(request: IncomingMessage & { originalUrl?: string }): string {
  return (request.originalUrl ?? request.url ?? '').replace(/\?.*$/, '');
}

function answer(response: ServerResponse, status: number, contentType: string, body: Buffer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': body.length,
    'access-control-allow-origin': '*',
  });
  response.end(body);
}

function allowOrigins(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'POST, OPTIONS',
    'access-control-allow-headers': 'authorization, content-type',
  });
  response.end();
}

function isTwirpError(error: unknown): error is TwirpError {
  return typeof error === 'object' && error !== null && 'body' in error && 'status' in error;
}
