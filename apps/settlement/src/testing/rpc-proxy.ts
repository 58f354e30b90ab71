import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type RpcMood = 'answers' | 'down' | 'stalls' | 'garbage';

export interface RpcProxy {
  readonly url: string;
  mood: RpcMood;
  /** What it says instead of the truth while it answers: gets the method, its parameters and the true result. */
  lie: ((method: string, parameters: readonly unknown[], result: unknown) => unknown) | undefined;
  close(): Promise<void>;
}

/** An endpoint between settlement and a chain that can go away, hang or talk nonsense. */
export async function startRpcProxy(target: string): Promise<RpcProxy> {
  const state: Pick<RpcProxy, 'mood' | 'lie'> = { mood: 'answers', lie: undefined };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (state.mood === 'down') return void response.destroy();
    if (state.mood === 'stalls') return;
    response.setHeader('content-type', 'application/json');
    if (state.mood === 'garbage') return void response.end('{"jsonrpc":"2.0","id":1,"result":"0x"}');
    const body = Buffer.concat(chunks).toString();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(target, { method: 'POST', headers, body }).then(
      (answered) => answered.text(),
      () => undefined,
    );
    if (answer === undefined) response.destroy();
    else response.end(state.lie ? twisted(body, answer, state.lie) : answer);
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
    get lie() {
      return state.lie;
    },
    set lie(lie) {
      state.lie = lie;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function twisted(request: string, answer: string, lie: NonNullable<RpcProxy['lie']>): string {
  const { method, params } = JSON.parse(request) as { method: string; params?: unknown[] };
  const truth = JSON.parse(answer) as { result?: unknown };
  return JSON.stringify({ ...truth, result: lie(method, params ?? [], truth.result) });
}
