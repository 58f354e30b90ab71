import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { exchange, type HttpExchange } from './exchange.js';

const answerMaxBytes = 1_000;

describe('an HTTP exchange', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let connections: Socket[];
  let url: string;
  const server = createServer((request, response) => answer(request, response));
  server.on('connection', (socket) => connections.push(socket));

  beforeEach(async () => {
    connections = [];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const ask = (wish: Partial<HttpExchange> = {}) =>
    exchange(`${url}/way?to=it`, { method: 'POST', deadlineMs: 5_000, answerMaxBytes, ...wish });

  it.each([
    ['text', 'ein Grüß'],
    ['bytes', Buffer.from('ein Grüß')],
  ])('brings %s and headers, and the whole answer', async (_, body) => {
    answer = async (request, response) => {
      const got = {
        method: request.method,
        url: request.url,
        name: request.headers['x-name'],
        body: await text(request),
      };
      response.writeHead(418);
      for (const part of JSON.stringify(got)) response.write(part);
      response.end();
    };
    const { status, text: answered } = await ask({ method: 'PUT', headers: { 'x-name': 'a' }, body });
    expect(status).toBe(418);
    expect(JSON.parse(answered)).toEqual({ method: 'PUT', url: '/way?to=it', name: 'a', body: 'ein Grüß' });
  });

  it('keeps its connection for the next one', async () => {
    answer = (_, response) => response.end('yes');
    for (let index = 0; index < 3; index += 1) expect(await ask()).toEqual({ status: 200, text: 'yes' });
    expect(connections).toHaveLength(1);
  });

  it('is sent again when the kept connection was closed before the answer', async () => {
    answer = (_, response) => response.end('yes');
    await ask();
    let asked = 0;
    answer = (request, response) => {
      asked += 1;
      if (asked === 1) request.socket.destroy();
      else response.end('again');
    };
    expect(await ask({ body: 'a' })).toEqual({ status: 200, text: 'again' });
    expect([asked, connections.length]).toEqual([2, 2]);
  });

  it('is not sent again over a connection that was new', async () => {
    let asked = 0;
    answer = (request) => {
      asked += 1;
      request.socket.destroy();
    };
    await expect(ask()).rejects.toThrow('socket hang up');
    expect(asked).toBe(1);
  });

  it('takes a redirect for an answer', async () => {
    answer = (_, response) => response.writeHead(302, { location: `${url}/other` }).end();
    expect(await ask()).toEqual({ status: 302, text: '' });
  });

  it('takes an answer of the greatest length, and none that is longer', async () => {
    answer = (_, response) => response.end('x'.repeat(answerMaxBytes));
    expect((await ask()).text).toHaveLength(answerMaxBytes);
    answer = (_, response) => response.end('x'.repeat(answerMaxBytes + 1));
    await expect(ask()).rejects.toThrow('longer than 1000 bytes');
  });

  it.each([
    ['no answer', () => {}],
    ['an answer without end', (_: IncomingMessage, response: ServerResponse) => response.write('x')],
  ])('ends at its deadline with %s', async (_, stall) => {
    answer = stall;
    await expect(ask({ deadlineMs: 50 })).rejects.toThrow('no answer within 50 ms');
  });

  it('does not take a part for the answer', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('half', () => response.destroy());
    };
    await expect(ask()).rejects.toThrow('aborted');
  });

  it('fails where nobody listens, also under a name with several addresses, and says where', async () => {
    const gone = { method: 'GET', deadlineMs: 5_000, answerMaxBytes } as const;
    await expect(exchange('http://127.0.0.1:9', gone)).rejects.toThrow('ECONNREFUSED 127.0.0.1:9');
    await expect(exchange('http://localhost:9', gone)).rejects.toThrow('ECONNREFUSED');
    await expect(exchange('no URL', gone)).rejects.toThrow('Invalid URL');
  });
});
