import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ChroomError } from '@chroom/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type CreateRoomRequest,
  ListRoomsRequest,
  ListRoomsResponse,
  ParticipantInfo,
  Room,
  type SendDataRequest,
  TrackInfo,
  type UpdateParticipantRequest,
} from '@livekit/protocol';
import { AccessToken, DataPacket_Kind, EgressClient, RoomServiceClient, SipClient } from 'livekit-server-sdk';
import { JwtAccessTokens } from '../access/jwt-access-tokens.js';
import { Clock } from '../clock/clock.js';
import { LiveRooms, type RoomKey } from '../rooms/live-rooms.port.js';
import { RequestRate } from './request-rate.js';
import { RoomService } from './room-service.js';
import { ServerApiSettings } from './server-api-settings.js';
import { TwirpMiddleware } from './twirp.middleware.js';
import { TwirpRoutes } from './twirp-routes.js';

const kKey = 'APIspec';
const kSecret = 'a-secret-of-the-spec-with-enough-characters';

const errorOf = async (response: Response) =>
  (await response.json()) as { readonly code: string; readonly msg: string };

/** Live rooms in memory: one participant `ada` with one track in every room. Records what was asked. */
class FakeLiveRooms extends LiveRooms {
  readonly rooms = new Map<string, Room>();
  readonly calls: unknown[][] = [];

  override async createRoom(projectId: string, apiKey: string, request: CreateRoomRequest): Promise<Room> {
    this.calls.push(['createRoom', projectId, apiKey]);
    const { name, metadata, maxParticipants } = request;
    const room = this.rooms.get(name) ?? new Room({ sid: `RM_${name}`, name, metadata, maxParticipants });
    this.rooms.set(name, room);
    return room;
  }
  override async listRooms(_projectId: string, names: readonly string[]): Promise<Room[]> {
    return [...this.rooms.values()].filter((room) => names.length === 0 || names.includes(room.name));
  }
  override async deleteRoom(key: RoomKey): Promise<void> {
    this.find(key);
    this.rooms.delete(key.roomName);
  }
  override async updateRoomMetadata(key: RoomKey, metadata: string): Promise<Room> {
    const room = this.find(key);
    room.metadata = metadata;
    return room;
  }
  override async listParticipants(key: RoomKey): Promise<ParticipantInfo[]> {
    this.find(key);
    return [new ParticipantInfo({ sid: 'PA_1', identity: 'ada' })];
  }
  override async getParticipant(key: RoomKey, identity: string): Promise<ParticipantInfo> {
    const found = (await this.listParticipants(key)).find((participant) => participant.identity === identity);
    if (found === undefined) throw new ChroomError('PARTICIPANT_UNKNOWN', `no participant ${identity}`);
    return found;
  }
  override async removeParticipant(key: RoomKey, identity: string): Promise<void> {
    this.calls.push(['removeParticipant', key, identity]);
  }
  override async mutePublishedTrack(key: RoomKey, identity: string, sid: string, muted: boolean): Promise<TrackInfo> {
    if (!muted) throw new ChroomError('UNMUTE_NOT_ALLOWED', 'remote unmute is off');
    this.calls.push(['mute', key, identity, sid]);
    return new TrackInfo({ sid, muted });
  }
  override async updateParticipant(key: RoomKey, request: UpdateParticipantRequest): Promise<ParticipantInfo> {
    this.find(key);
    return new ParticipantInfo({ identity: request.identity, metadata: request.metadata });
  }
  override async updateSubscriptions(...call: [RoomKey, string, readonly string[], boolean]): Promise<void> {
    this.calls.push(['subscriptions', ...call]);
  }
  override async sendData(key: RoomKey, request: SendDataRequest): Promise<void> {
    this.calls.push(['data', key, Buffer.from(request.data).toString(), request.topic]);
  }
  private find(key: RoomKey): Room {
    const room = this.rooms.get(key.roomName);
    if (room === undefined) throw new ChroomError('ROOM_UNKNOWN', 'requested room does not exist');
    return room;
  }
}

describe('the server API', () => {
  let server: Server;
  let url: string;
  let rooms: FakeLiveRooms;
  let client: RoomServiceClient;
  let routes: TwirpRoutes;
  let rate: RequestRate;
  const keys = {
    find: async (apiKey: string) =>
      apiKey === kKey ? { apiKey, projectId: 'PR_a', secret: Buffer.from(kSecret) } : undefined,
  };

  beforeAll(async () => {
    const tokens = new JwtAccessTokens(keys as never, new Clock());
    server = createServer((request, response) => {
      const middleware = new TwirpMiddleware(tokens, routes, rate);
      void middleware.use(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  beforeEach(() => {
    rooms = new FakeLiveRooms();
    rate = new RequestRate(ServerApiSettings.fromEnvironment({}), new Clock());
    routes = new TwirpRoutes(new RoomService(rooms));
    client = new RoomServiceClient(url, kKey, kSecret);
  });

  const token = async (grant: object) => {
    const maker = new AccessToken(kKey, kSecret);
    maker.addGrant(grant);
    return maker.toJwt();
  };
  const post = async (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    grant: object,
    contentType = 'application/json',
  ) =>
    fetch(`${url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await token(grant)}`, 'content-type': contentType },
      body,
    });
  const key = { projectId: 'PR_a', roomName: 'math' };

  it('serves every method of the unmodified server SDK', async () => {
    const room = await client.createRoom({ name: 'math', metadata: 'm', maxParticipants: 3 });
    expect(room).toMatchObject({ sid: 'RM_math', metadata: 'm', maxParticipants: 3 });
    expect(rooms.calls).toContainEqual(['createRoom', 'PR_a', kKey]);
    expect((await client.listRooms()).map((each) => each.name)).toEqual(['math']);
    expect(await client.listRooms(['other'])).toEqual([]);
    expect((await client.listParticipants('math')).map((each) => each.identity)).toEqual(['ada']);
    expect((await client.getParticipant('math', 'ada')).sid).toBe('PA_1');
    expect((await client.updateRoomMetadata('math', 'new')).metadata).toBe('new');
    expect((await client.updateParticipant('math', 'ada', { metadata: 'mine' })).metadata).toBe('mine');
    expect((await client.mutePublishedTrack('math', 'ada', 'TR_1', true)).muted).toBe(true);
    await client.updateSubscriptions('math', 'ada', ['TR_1'], false);
    expect(rooms.calls).toContainEqual(['subscriptions', key, 'ada', ['TR_1'], false]);
    await client.sendData('math', Buffer.from('hello'), DataPacket_Kind.RELIABLE, { topic: 'chat' });
    expect(rooms.calls).toContainEqual(['data', key, 'hello', 'chat']);
    await client.removeParticipant('math', 'ada');
    expect(rooms.calls).toContainEqual(['removeParticipant', key, 'ada']);
    await client.deleteRoom('math');
    expect(rooms.rooms.size).toBe(0);
  });

  it('takes and answers protobuf', async () => {
    await client.createRoom({ name: 'math' });
    const request = new ListRoomsRequest({ names: ['math'] }).toBinary();
    const path = '/twirp/livekit.RoomService/ListRooms';
    const response = await post(path, new Uint8Array(request), { roomList: true }, 'application/protobuf');
    expect(response.headers.get('content-type')).toBe('application/protobuf');
    const answer = ListRoomsResponse.fromBinary(new Uint8Array(await response.arrayBuffer()));
    expect(answer.rooms.map((room) => room.name)).toEqual(['math']);
  });

  it('takes JSON in snake_case and ignores unknown fields', async () => {
    const body = JSON.stringify({ name: 'math', max_participants: 7, from_the_future: 1 });
    const response = await post('/twirp/livekit.RoomService/CreateRoom', body, { roomCreate: true });
    expect(await response.json()).toMatchObject({ maxParticipants: 7 });
  });

  it.each([
    ['CreateRoom', { name: 'x' }, { roomList: true }, /roomCreate/],
    ['ListRooms', {}, { roomCreate: true }, /roomList/],
    ['DeleteRoom', { room: 'x' }, { roomAdmin: true, room: 'x' }, /roomCreate/],
    ['ListParticipants', { room: 'x' }, { roomCreate: true }, /roomAdmin/],
    ['ListParticipants', { room: 'x' }, { roomAdmin: true, room: 'y' }, /"y".*"x"/],
    ['GetParticipant', { room: 'x', identity: 'ada' }, { roomAdmin: true }, /administers/],
    ['SendData', { room: 'x' }, { room: 'x' }, /roomAdmin/],
  ])('refuses %s %j with %j', async (method, body, grant, message) => {
    const response = await post(`/twirp/livekit.RoomService/${method}`, JSON.stringify(body), grant);
    const error = await errorOf(response);
    expect([401, 403]).toContain(response.status);
    expect(error.msg).toMatch(message);
  });

  it.each([
    ['an unknown room', 'DeleteRoom', '{"room":"none"}', 404, 'not_found'],
    ['a body that is not JSON', 'CreateRoom', '{', 400, 'invalid_argument'],
    ['a field of a wrong type', 'CreateRoom', '{"name":7}', 400, 'invalid_argument'],
    ['an empty name', 'CreateRoom', '{"name":""}', 400, 'invalid_argument'],
    ['a long name', 'CreateRoom', `{"name":"${'x'.repeat(257)}"}`, 400, 'invalid_argument'],
    ['a body above 1 MiB', 'CreateRoom', `{"metadata":"${'x'.repeat(1_100_000)}"}`, 400, 'invalid_argument'],
    ['a method of later', 'MoveParticipant', '{}', 501, 'unimplemented'],
    ['a method that never was', 'Nothing', '{}', 404, 'bad_route'],
  ])('answers %s', async (_what, method, body, status, code) => {
    const response = await post(`/twirp/livekit.RoomService/${method}`, body, { roomCreate: true });
    expect(response.status).toBe(status);
    expect((await errorOf(response)).code).toBe(code);
  });

  it('refuses a call without a token, with a foreign one, and in another format', async () => {
    const path = `${url}/twirp/livekit.RoomService/ListRooms`;
    const bare = await fetch(path, { method: 'POST', body: '{}' });
    expect([bare.status, (await errorOf(bare)).code]).toEqual([401, 'unauthenticated']);
    await expect(new RoomServiceClient(url, kKey, 'x'.repeat(40)).listRooms()).rejects.toMatchObject({ status: 401 });
    const xml = await post('/twirp/livekit.RoomService/ListRooms', '<x/>', { roomList: true }, 'text/xml');
    expect([xml.status, (await errorOf(xml)).code]).toEqual([404, 'bad_route']);
  });

  it('tells SDK users of known services that they are not offered, and lists no recordings', async () => {
    await expect(new SipClient(url, kKey, kSecret).listSipInboundTrunk()).rejects.toMatchObject({ status: 501 });
    expect(await new EgressClient(url, kKey, kSecret).listEgress()).toEqual([]);
  });

  it('refuses remote unmute with its own code', async () => {
    await client.createRoom({ name: 'math' });
    const body = JSON.stringify({ room: 'math', identity: 'ada', track_sid: 'TR_1', muted: false });
    const grant = { roomAdmin: true, room: 'math' };
    const response = await post('/twirp/livekit.RoomService/MutePublishedTrack', body, grant);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      code: 'permission_denied',
      meta: { chroom_code: 'UNMUTE_NOT_ALLOWED' },
    });
  });

  it('takes so many requests of one API key a second, and of one address', async () => {
    const stopped = new Clock();
    const frozenMs = Date.now();
    stopped.nowMs = () => frozenMs;
    for (const name of ['', '_PER_ADDRESS']) {
      const variable = `CHROOM_SERVER_API_REQUESTS_PER_SECOND${name}`;
      rate = new RequestRate(ServerApiSettings.fromEnvironment({ [variable]: '1' }), stopped);
      await client.listRooms();
      await client.listRooms();
      const refused = await post('/twirp/livekit.RoomService/ListRooms', '{}', { roomList: true });
      expect(refused.status).toBe(429);
      const error = await errorOf(refused);
      expect(error.code).toBe('resource_exhausted');
      expect(error.msg).toContain(`(${variable})`);
    }
  });
});
