import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RpcSource } from './rpc-source.js';

/** An endpoint that says whatever a spec puts into `answer`. */
describe('an endpoint that', () => {
  let answer = '';
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
  });
  let source: RpcSource;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    source = new RpcSource(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterAll(() => server.closeAllConnections());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const core = `0x${'c0'.repeat(20)}` as const;
  const log = { topics: [], data: '0x', blockNumber: '0x1', blockHash: `0x${'ab'.repeat(32)}`, logIndex: '0x0' };
  const result = (value: unknown) => JSON.stringify({ jsonrpc: '2.0', id: 1, result: value });

  it.each([
    ['is none', '<html>'],
    ['says nothing', ''],
    ['refuses', JSON.stringify({ error: { code: -32_005, message: 'too many requests' } })],
    ['names no number', result('twelve')],
    ['has forgotten the block', result(null)],
    ['cuts its logs', result([log])],
    ['lies about the kind of things', result({ hash: 12 })],
  ])('%s does not answer', async (_, text) => {
    answer = text;
    const away = { code: 'CHAIN_UNAVAILABLE', message: expect.stringContaining('CHROOM_RPC_URL') };
    await expect(source.blockNumber()).rejects.toMatchObject(away);
    await expect(source.blockHash(7n)).rejects.toMatchObject(away);
    await expect(source.logs([core], 0n, 7n)).rejects.toMatchObject(away);
  });

  it('has another contract, or none, at the address is refused', async () => {
    for (const text of [result('0x'), result('0x12'), JSON.stringify({ error: { code: 3, message: 'reverted' } })]) {
      answer = text;
      await expect(source.read(core, '0x91ddadf4', 2)).rejects.toMatchObject({
        code: 'CHAIN_WRONG',
        message: expect.stringContaining('CHROOM_CORE_ADDRESS'),
      });
    }
  });

  it('takes logs back again gives those that stand', async () => {
    const whole = { ...log, transactionHash: log.blockHash };
    answer = result([{ ...whole, removed: true }, whole]);
    expect(await source.logs([core], 0n, 7n)).toEqual([{ ...whole, blockNumber: 1n, logIndex: 0 }]);
  });
});
