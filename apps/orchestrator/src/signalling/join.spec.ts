import { request as httpRequest } from 'node:http';
import { recordedOffer, writeTestOffer } from '@chroom/signalling/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import { claimsOf, FakeAccessTokens } from '../rooms/testing/fake-ports.js';
import { joinCall, receiveSections, until } from './testing/call-steps.js';
import { SignalClient, wrapJoinRequest } from './testing/signal-client.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

function open(path: string): Promise<{ status: number; text: string; cors: string }> {
  return new Promise((resolve, reject) => {
    const url = new URL(orchestrator.url);
    const request = httpRequest({ host: url.hostname, port: url.port, path }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
          cors: String(response.headers['access-control-allow-origin']),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

const tokenOf = FakeAccessTokens.tokenOf;

describe('joining', () => {
  it('says join first, then the token, then the answer, and join holds what clients need', async () => {
    const offer = { type: 'offer', id: 1, sdp: recordedOffer('chromium-147-first') };
    const client = await orchestrator.join(claimsOf('alice', { metadata: 'about' }), {
      join: { connectionSettings: { autoSubscribe: true }, publisherOffer: offer, clientInfo: { clientProtocol: 2 } },
    });
    const answer = await client.next('answer');
    expect(client.cases().slice(0, 3)).toEqual(['join', 'refreshToken', 'answer']);
    const join = client.received[0]!.value as import('@livekit/protocol').JoinResponse;
    expect(join.participant).toMatchObject({
      sid: expect.stringMatching(/^PA_[A-Za-z0-9]{12}$/),
      identity: 'alice',
      name: 'ALICE',
      metadata: 'about',
      state: 1,
      clientProtocol: 2,
      permission: { canPublish: true, canSubscribe: true, canPublishData: true },
    });
    expect(join.room).toMatchObject({ sid: expect.stringMatching(/^RM_/), name: 'room' });
    expect(join.serverInfo).toMatchObject({ protocol: 17, nodeId: '7' });
    expect(join.serverInfo!.version).not.toBe('');
    expect([join.pingInterval, join.pingTimeout]).toEqual([5, 15]);
    expect(join.subscriberPrimary).toBe(false);
    expect(join.fastPublish).toBe(true);
    expect(join.enabledPublishCodecs[0]!.mime).toBe('video/VP8');
    expect(answer).toMatchObject({ type: 'answer', id: 1, midToTrackId: {} });
    expect(answer.sdp).toContain('a=ice-lite');
  });

  it('answers with the id of the offer, also when ids do not grow', async () => {
    const client = await joinCall(orchestrator, 'alice');
    for (const id of [2, 0, 0]) {
      client.offer(writeTestOffer(receiveSections), id);
      expect((await client.next('answer')).id).toBe(id);
    }
  });

  it('answers an offer that comes as a message, as Firefox sends it', async () => {
    const client = await orchestrator.join(claimsOf('alice'));
    await client.next('join');
    client.offer(recordedOffer('firefox-esr-first'), 1);
    expect((await client.next('answer')).sdp).toContain('m=application 9');
  });

  it.each(['//rtc/v1', '/prefix/rtc/v1', '/rtc', '/rtc/v1/'])(
    'serves %s, and join_request means single-PC',
    async (path) => {
      const client = await orchestrator.join(claimsOf('alice'), { path });
      expect((await client.next('join')).subscriberPrimary).toBe(false);
    },
  );

  it('answers pings at once in milliseconds, in the frame kind of the client', async () => {
    const client = await orchestrator.join(claimsOf('alice'));
    await client.next('join');
    client.send({ case: 'pingReq', value: { timestamp: 42n, rtt: 1n } }, true);
    const pong = await client.next('pongResp');
    expect(pong.lastPingTimestamp).toBe(42n);
    expect(Number(pong.timestamp)).toBe(orchestrator.time.clock.nowMs());
    expect(client.frameKinds.at(-1)).toBe('text');
    client.send({ case: 'ping', value: 1n });
    await client.next('pong');
    expect(client.frameKinds.at(-1)).toBe('binary');
  });

  it('refreshes the token every five minutes', async () => {
    const client = await joinCall(orchestrator, 'alice');
    const tokens = () => client.cases().filter((kind) => kind === 'refreshToken').length;
    await orchestrator.passTime(5 * 60_000 - 5000);
    expect(tokens()).toBe(1);
    await orchestrator.passTime(5000);
    expect(tokens()).toBe(2);
  });

  it('lets a second join of an identity push the first one out', async () => {
    const first = await joinCall(orchestrator, 'alice');
    await joinCall(orchestrator, 'alice');
    expect(await first.next('leave')).toMatchObject({
      reason: DisconnectReason.DUPLICATE_IDENTITY,
      action: LeaveRequest_Action.DISCONNECT,
    });
    expect(await first.closed()).toBe(1000);
    expect(await orchestrator.rooms.listParticipants({ projectId: 'project', roomName: 'room' })).toHaveLength(1);
  });

  it('removes a participant whose media does not connect within a minute', async () => {
    const client = await orchestrator.join(claimsOf('alice'));
    await client.next('join');
    await orchestrator.passTime(60_000);
    expect(await client.next('leave')).toMatchObject({ action: LeaveRequest_Action.DISCONNECT });
    expect(orchestrator.events.map(({ name }) => name)).toContain('participant_connection_aborted');
  });

  it('ends an empty room after its time and gives its name and node back', async () => {
    const client = await joinCall(orchestrator, 'alice');
    client.send({ case: 'leave', value: {} });
    await client.closed();
    orchestrator.time.advance(19_000);
    expect(orchestrator.ownership.held.size).toBe(1);
    orchestrator.time.advance(1_000);
    await until(() => orchestrator.ownership.held.size === 0);
    expect(orchestrator.node.closedRooms).toHaveLength(1);
    expect(orchestrator.placement.placed.size).toBe(0);
    expect(orchestrator.events.map(({ name }) => name)).toEqual([
      'room_started',
      'participant_joined',
      'participant_left',
      'room_finished',
    ]);
  });
});

describe('refusing to join', () => {
  const expired = { ...claimsOf('alice'), expiresAtSec: 5 };
  it.each([
    ['no token', '/rtc/v1/validate', 401, /no access token/],
    ['a wrong token', '/rtc/v1/validate?access_token=nonsense', 401, /invalid token/],
    ['an expired token', `/rtc/v1/validate?access_token=${tokenOf(expired)}`, 401, /expired/],
    [
      'no roomJoin',
      `/rtc/validate?access_token=${tokenOf(claimsOf('a', { video: { roomJoin: false } }))}`,
      403,
      /roomJoin/,
    ],
    ['no room', `/rtc/validate?access_token=${tokenOf(claimsOf('a', { video: { room: '' } }))}`, 403, /room/],
    [
      'a long room name',
      `/rtc/validate?access_token=${tokenOf(claimsOf('a', { video: { room: 'r'.repeat(257) } }))}`,
      400,
      /256/,
    ],
    ['no identity', `/rtc/validate?access_token=${tokenOf(claimsOf(''))}`, 400, /identity/],
    [
      'a broken join request',
      `/rtc/v1/validate?access_token=${tokenOf(claimsOf('a'))}&join_request=AAAA`,
      400,
      /WrappedJoinRequest/,
    ],
    [
      'a join request in odd letters',
      `/rtc/v1/validate?access_token=${tokenOf(claimsOf('a'))}&join_request=%C3%BC`,
      400,
      /base64url/,
    ],
    ['a good token', `//rtc/validate?access_token=${tokenOf(claimsOf('a'))}`, 200, /^success$/],
  ])('answers the validation of %s', async (_name, path, status, text) => {
    const answer = await open(path);
    expect(answer.status).toBe(status);
    expect(answer.text).toMatch(text);
    expect(answer.cors).toBe('*');
  });

  it('refuses the upgrade with the same status and text', async () => {
    const connecting = SignalClient.open(orchestrator.url, 'nonsense');
    await expect(connecting).rejects.toMatchObject({ status: 401, text: expect.stringContaining('invalid token') });
  });

  it('serves the warm-up, and 404 for a GET without upgrade', async () => {
    expect(await open('/')).toMatchObject({ status: 200, text: 'OK', cors: '*' });
    expect((await open('/rtc/v1')).status).toBe(404);
  });

  it('refuses a bundled offer that is no SDP, and makes nothing for it', async () => {
    const join = { publisherOffer: { type: 'offer', sdp: 'v=0\r\nnonsense', id: 1 } };
    const connecting = orchestrator.join(claimsOf('alice'), { join });
    await expect(connecting).rejects.toMatchObject({ status: 400, text: expect.stringContaining('no media section') });
    expect(orchestrator.node.calls).toEqual([]);
    expect(orchestrator.ownership.held.size).toBe(0);
  });

  it('refuses a join request that inflates beyond a megabyte', async () => {
    const bomb = wrapJoinRequest({ metadata: 'a'.repeat(2_000_000) });
    expect((await open(`/rtc/v1/validate?access_token=${tokenOf(claimsOf('a'))}&join_request=${bomb}`)).status).toBe(
      413,
    );
  });

  it('answers 503 when no node has room, and keeps nothing', async () => {
    orchestrator.placement.nodes = [];
    await expect(orchestrator.join(claimsOf('alice'))).rejects.toMatchObject({ status: 503 });
    expect(orchestrator.ownership.held.size).toBe(0);
  });

  it('answers 503 when the room is owned elsewhere or the node does not answer', async () => {
    orchestrator.ownership.ownedElsewhere = true;
    await expect(orchestrator.join(claimsOf('alice'))).rejects.toMatchObject({ status: 503 });
    orchestrator.ownership.ownedElsewhere = false;
    orchestrator.node.die();
    await expect(orchestrator.join(claimsOf('alice'))).rejects.toMatchObject({ status: 503 });
  });
});

describe('floods', () => {
  it('refuses an identity that joins over and over, and nobody else', async () => {
    const environment = { CHROOM_SIGNAL_JOIN_BURST_PER_IDENTITY: '2' };
    const careful = await startTestOrchestrator({ environment });
    try {
      await careful.join(claimsOf('alice'));
      await careful.join(claimsOf('alice'));
      await expect(careful.join(claimsOf('alice'))).rejects.toMatchObject({ status: 429 });
      await careful.join(claimsOf('bob'));
    } finally {
      await careful.close();
    }
  });

  it('refuses an address that connects over and over, before it looks at the token', async () => {
    const careful = await startTestOrchestrator({ environment: { CHROOM_SIGNAL_JOIN_BURST_PER_ADDRESS: '1' } });
    try {
      await expect(SignalClient.open(careful.url, 'nonsense')).rejects.toMatchObject({ status: 401 });
      await expect(SignalClient.open(careful.url, 'nonsense')).rejects.toMatchObject({ status: 429 });
    } finally {
      await careful.close();
    }
  });
});

describe('rooms that must be made first', () => {
  it('answers 404 with the phrase that clients look for', async () => {
    const strict = await startTestOrchestrator({ environment: { CHROOM_ROOM_AUTO_CREATE: 'false' } });
    try {
      const joining = strict.join(claimsOf('alice'));
      await expect(joining).rejects.toMatchObject({ status: 404, text: 'requested room does not exist' });
    } finally {
      await strict.close();
    }
  });
});
