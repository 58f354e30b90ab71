import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An endpoint of webhooks that takes everything. */
export class WebhookInbox {
  readonly received: { body: string; authorization: string }[] = [];
  private readonly server: Server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      this.received.push({ body, authorization: request.headers.authorization ?? '' });
      response.writeHead(200).end();
    });
  });

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  open(): Promise<void> {
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  has(event: string, roomName: string): boolean {
    return this.received.some(({ body }) => {
      const told = JSON.parse(body) as { event: string; room?: { name: string } };
      return told.event === event && told.room?.name === roomName;
    });
  }
}
