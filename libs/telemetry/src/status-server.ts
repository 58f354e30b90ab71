import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { healthHandler, type ProcessHealth } from './health.js';
import { metricsHandler, type Registry } from './metrics.js';

export interface StatusServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A small HTTP server with /metrics and /health for processes that have no other (the media node). */
export async function startStatusServer(options: {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly metrics: Registry;
  readonly health: ProcessHealth;
}): Promise<StatusServer> {
  const metrics = metricsHandler(options.metrics);
  const health = healthHandler(options.health);
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/\?.*$/, '');
    if (path === '/metrics') metrics(request, response);
    else if (path === '/health/live' || path === '/health/ready') health(request, response);
    else response.writeHead(404).end();
  });
  server.maxConnections = 64;
  server.requestTimeout = 5000;
  await listen(server, options.port, options.host);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
