import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SignalResponse } from '@livekit/protocol';
import { AccessToken, RoomServiceClient } from 'livekit-server-sdk';
import pg from 'pg';
import WebSocket from 'ws';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

const room = 'guarded';
const oversizedBytes = 2 * 1024 * 1024 + 1;

describe('what is refused', () => {
  let network: TestNetwork;
  beforeAll(async () => {
    network = await startTestNetwork({ nodes: 1 });
  }, 60_000);
  afterAll(() => network?.stop(), 30_000);

  const grant = { roomJoin: true, room };
  const httpUrl = () => network.ready.livekitUrl.replace(/^ws/, 'http');
  const cases: [string, () => Promise<string>, number, RegExp][] = [
    ['no token', async () => '', 401, /no access token/],
    ['no JWT', async () => 'nonsense', 401, /invalid token/],
    ['a token by another secret', () => network.token('mallory', grant, { secret: 'x'.repeat(32) }), 401, /signature/],
    ['a token by an unknown key', () => strangersToken(), 401, /invalid API key/],
    ['an expired token', () => network.token('late', grant, { ttl: -60 }), 401, /token is expired/],
    ['a token without roomJoin', () => network.token('admin', { roomAdmin: true, room }), 403, /roomJoin/],
    ['a token without a room', () => network.token('nowhere', { roomJoin: true, room: '' }), 401, /video\.room/],
  ];
  const strangersToken = () => {
    const token = new AccessToken('APIstranger', 'x'.repeat(32), { identity: 'mallory' });
    token.addGrant(grant);
    return token.toJwt();
  };

  it.each(cases)(
    '%s: by validate and by the upgrade, with the same status and text',
    async (_, token, status, text) => {
      const query = `access_token=${encodeURIComponent(await token())}`;
      for (const path of ['/rtc/v1', '/rtc']) {
        const validated = await fetch(`${httpUrl()}${path}/validate?${query}`);
        expect(validated.status).toBe(status);
        expect(await validated.text()).toMatch(text);
        const upgraded = await upgrade(`${network.ready.livekitUrl}${path}?${query}`);
        expect(upgraded).toMatchObject({ status, text: expect.stringMatching(text) });
      }
    },
  );

  it('a good token: validate says success, and no room was made by asking', async () => {
    const answer = await fetch(`${httpUrl()}/rtc/v1/validate?access_token=${await network.token('alice', grant)}`);
    expect([answer.status, await answer.text()]).toEqual([200, 'success']);
    const { items } = await network.admin<{ items: { id: string }[] }>('/projects');
    expect(await network.admin(`/projects/${items[0]?.id}/rooms`)).toEqual({ items: [] });
  });

  it('a token for another room, at the server API', async () => {
    const foreign = await network.token('admin', { roomAdmin: true, room: 'another' });
    const answer = await fetch(`${httpUrl()}/twirp/livekit.RoomService/ListParticipants`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${foreign}` },
      body: JSON.stringify({ room }),
    });
    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({ code: 'permission_denied', msg: expect.stringContaining('"another"') });
  });

  it('malformed protobuf: an error that says so, and the connection and others go on', async () => {
    const [alice, bob] = [await joined('alice'), await joined('bob')];
    alice.socket.send(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]));
    const refusal = await until('a refusal', () =>
      alice.received.find(({ message }) => message.case === 'requestResponse'),
    );
    expect(JSON.stringify(refusal.toJson())).toContain('INVALID_ARGUMENT');
    expect([alice.socket.readyState, bob.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    for (const { socket } of [alice, bob]) socket.close();
  }, 30_000);

  it('an oversized message: closed with 1009, and others go on', async () => {
    const [alice, bob] = [await joined('alice'), await joined('bob')];
    const closed = new Promise<number>((resolve) => alice.socket.once('close', resolve));
    alice.socket.send(Buffer.alloc(oversizedBytes));
    expect(await closed).toBe(1009);
    const pongs = () => bob.received.filter(({ message }) => message.case === 'pong').length;
    bob.socket.send(Buffer.from([0x70, 0x01])); // SignalRequest{ping: 1}
    await until('a pong', () => pongs() === 1);
    bob.socket.close();
  }, 30_000);

  it('databases: a party cannot connect to that of another', async () => {
    const { urls } = network.processes;
    const databaseOf = (url: string) => url.slice(0, url.indexOf('?')).split('/').at(-1) ?? '';
    const parties = [urls.registry, urls.orchestrator, urls.settlement].map((url) => url ?? '');
    for (const own of parties) {
      await expect(connect(own)).resolves.toBe(databaseOf(own));
      for (const foreign of parties.filter((url) => url !== own)) {
        const trespass = own.replace(`/${databaseOf(own)}?`, `/${databaseOf(foreign)}?`);
        await expect(connect(trespass)).rejects.toMatchObject({ code: '42501' });
      }
    }
  }, 30_000);

  it('queues: parties share no Redis', () => {
    const { urls } = network.processes;
    expect(urls.redis).toEqual(expect.stringMatching(/^unix:/));
    expect(urls.settlementRedis).toEqual(expect.stringMatching(/^unix:/));
    expect(urls.settlementRedis).not.toBe(urls.redis);
  });

  it('the server API by another secret, and an unknown method', async () => {
    const client = new RoomServiceClient(httpUrl(), network.ready.apiKey, 'x'.repeat(32));
    await expect(client.listRooms()).rejects.toMatchObject({ status: 401 });
    const answer = await fetch(`${httpUrl()}/twirp/livekit.RoomService/Nothing`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await network.token('a', grant)}` },
      body: '{}',
    });
    expect([answer.status, await answer.json()]).toEqual([404, expect.objectContaining({ code: 'bad_route' })]);
  });

  /** A participant that signals only. */
  async function joined(identity: string) {
    const token = await network.token(identity, grant);
    const socket = new WebSocket(`${network.ready.livekitUrl}/rtc?protocol=15&access_token=${token}`);
    const received: SignalResponse[] = [];
    socket.on('message', (data: Buffer) => received.push(SignalResponse.fromBinary(data)));
    await until(`${identity} joined`, () => received.some(({ message }) => message.case === 'join'));
    return { socket, received };
  }
});

/** The HTTP answer to an upgrade that is refused. */
function upgrade(url: string): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.once('open', () => {
      socket.close();
      reject(new Error('expected a refusal'));
    });
    socket.once('error', reject);
    socket.once('unexpected-response', (_, response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
    });
  });
}

/** @returns the name of the database. @throws the server's refusal */
async function connect(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query('select current_database() as name')).rows[0].name;
  } finally {
    await client.end();
  }
}
