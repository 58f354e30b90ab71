import type { IncomingMessage, ServerResponse } from 'node:http';

/** undefined: well. A text: what is wrong and what still works. */
export type HealthCheck = () => string | undefined;

/**
 * Health of one process. `/health/live`: the process answers (200 always). `/health/ready`: 200 `ok`, 200 `degraded`
 * with the reasons while it still serves, or 503 `stopping`.
 */
export class ProcessHealth {
  private readonly checks = new Map<string, HealthCheck>();
  private stopping = false;

  check(name: string, check: HealthCheck): void {
    this.checks.set(name, check);
  }

  /** From now on `/health/ready` is 503, so that balancers look elsewhere. */
  beginStop(): void {
    this.stopping = true;
  }

  status(): { readonly status: 'ok' | 'degraded' | 'stopping'; readonly problems: Readonly<Record<string, string>> } {
    const problems: Record<string, string> = {};
    for (const [name, check] of this.checks) {
      const problem = check();
      if (problem !== undefined) problems[name] = problem;
    }
    if (this.stopping) return { status: 'stopping', problems };
    return { status: Object.keys(problems).length > 0 ? 'degraded' : 'ok', problems };
  }
}

/** Answers `/live` and `/ready` below where it is mounted: `app.use('/health', healthHandler(health))`. */
export function healthHandler(health: ProcessHealth): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const ready = !(request.url ?? '').replace(/\?.*$/, '').endsWith('/live');
    const { status, problems } = health.status();
    const body = ready ? { status, problems } : { status: 'ok' };
    response.writeHead(ready && status === 'stopping' ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}
