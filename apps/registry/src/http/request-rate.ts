import type { IncomingMessage, ServerResponse } from 'node:http';
import { ChroomError } from '@chroom/protocol';

/** Addresses remembered; the one that was quiet longest is forgotten first. */
const ADDRESSES_MAX = 10_000;
/** A burst of this many seconds' worth of requests is let through. */
const BURST_SECONDS = 2;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** A token bucket for each client address. */
export class RequestRate {
  private readonly buckets = new Map<string, Bucket>();

  constructor(
    private readonly perSecond: number,
    private readonly monotonicMs: () => number,
  ) {}

  /** Takes one token; false when there is none. */
  admit(address: string): boolean {
    const nowMs = this.monotonicMs();
    const full = this.perSecond * BURST_SECONDS;
    const bucket = this.buckets.get(address) ?? { tokens: full, filledAtMs: nowMs };
    bucket.tokens = Math.min(full, bucket.tokens + ((nowMs - bucket.filledAtMs) * this.perSecond) / 1000);
    bucket.filledAtMs = nowMs;
    this.remember(address, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** As Express middleware; refuses with LIMIT_EXCEEDED. */
  readonly middleware = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (this.admit(request.socket.remoteAddress ?? '')) {
      next();
      return;
    }
    const refusal = new ChroomError(
      'LIMIT_EXCEEDED',
      `This registry takes ${this.perSecond} requests a second of one address (CHROOM_REGISTRY_REQUESTS_PER_SECOND). Slow down.`,
    );
    response.writeHead(refusal.httpStatus, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(JSON.stringify({ code: refusal.code, message: refusal.message }));
  };

  private remember(address: string, bucket: Bucket): void {
    this.buckets.delete(address);
    this.buckets.set(address, bucket);
    if (this.buckets.size <= ADDRESSES_MAX) return;
    const [oldest] = this.buckets.keys();
    if (oldest !== undefined) this.buckets.delete(oldest);
  }
}
