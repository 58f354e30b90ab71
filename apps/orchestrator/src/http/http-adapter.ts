import { createServer } from 'node:http';
import type { NestApplicationOptions } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';

/** Join requests travel in the URL and tokens in headers: 3 kB each is usual, much more is allowed. */
export const kLargestHeaderBytes = 64 * 1024;

/** Express on a server that takes long URLs and headers. */
export class OrchestratorHttpAdapter extends ExpressAdapter {
  override initHttpServer(options: NestApplicationOptions): void {
    super.initHttpServer(options);
    this.httpServer = createServer({ maxHeaderSize: kLargestHeaderBytes }, this.getInstance());
  }

  /** WebSockets end with their own close frames; what is left of plain connections is cut when the server closes. */
  override close(): Promise<void> {
    const closed = super.close() as Promise<void>;
    this.httpServer.closeAllConnections();
    return closed;
  }
}
