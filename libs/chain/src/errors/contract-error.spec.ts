import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openChain } from '../client/open-chain.js';
import { RpcSource } from '../client/rpc-source.js';
import { asChainError } from './contract-error.js';

const secret = 'key-of-a-provider';

describe('an error of the endpoint', () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(401).end('{"error":{"code":-32000,"message":"no"}}');
  });
  let host: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.closeAllConnections());
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const told = async (asked: Promise<unknown>) => {
    const error: unknown = await asked.then(
      () => 'no error',
      (reason: unknown) => reason,
    );
    return inspect(error, { depth: 10, showHidden: true });
  };

  it('names where it was, and not the key that is in the URL', async () => {
    const text = await told(openChain({ rpcUrl: `http://${host}/v2/${secret}?token=${secret}`, chainId: 1 }));
    expect([text.includes('CHAIN_UNAVAILABLE'), text.includes(`URL: http://${host}\n`)]).toEqual([true, true]);
    expect(text).not.toContain(secret);
  });

  it('hides user and password of a URL, which clients refuse by quoting it', async () => {
    const rpcUrl = `http://${secret}:${secret}@${host}/`;
    const texts = [await told(openChain({ rpcUrl, chainId: 1 })), await told(new RpcSource(rpcUrl).chainId())];
    expect(texts.map((text) => [text.includes('CHAIN_UNAVAILABLE'), text.includes(secret)])).toEqual([
      [true, false],
      [true, false],
    ]);
  });

  it.each([
    'insufficient funds for gas * price + value: balance 0, tx cost 1, overshot 1',
    'Insufficient funds for gas * price + value',
    "sender doesn't have enough funds: exceeds transaction sender account balance",
  ])('that says "%s" is the code of an account without gas', (details) => {
    const error = asChainError(Object.assign(new Error('refused'), { details }), 'submit', `0x${'ab'.repeat(20)}`);
    expect(error).toMatchObject({ code: 'SENDER_UNFUNDED', message: expect.stringContaining(`0x${'ab'.repeat(20)}`) });
  });
});
