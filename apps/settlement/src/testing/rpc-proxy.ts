import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RpcMood = 'answers' | 'down' | 'stalls' | 'garbage';

export interface RpcProxy {
  readonly url: string;
  mood: RpcMood;
  close(): Promise<void>;
}

/** An endpoint between settlement and a chain that can go away, hang or talk nonsense. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const state: { mood: RpcMood } = { mood: 'answers' };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (state.mood === 'down') return void response.destroy();
    if (state.mood === 'stalls') return;
    response.setHeader('content-type', 'application/json');
    if (state.mood === 'garbage') return void response.end('{"jsonrpc":"2.0","id":1,"result":"0x"}');
    const answer = await fetch(target, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: new Uint8Array(Buffer.concat(chunks)),
    }).then(
      (answered) => answered.text(),
      () => undefined,
    );
    if (answer === undefined) response.destroy();
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get mood() {
      return state.mood;
    },
    set mood(mood) {
      state.mood = mood;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
