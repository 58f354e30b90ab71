import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DisconnectReason,
  LeaveRequest_Action,
  RequestResponse_Reason,
  TrackSource,
  TrackType,
  UpdateParticipantRequest,
} from '@livekit/protocol';
import { joinCall, microphoneRequest, publishBoth } from './testing/call-steps.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

describe('what a participant may not do', () => {
  it.each([
    ['publish without the grant', { canPublish: false }, microphoneRequest, RequestResponse_Reason.NOT_ALLOWED],
    [
      'publish another source',
      { canPublishSources: ['camera' as const] },
      microphoneRequest,
      RequestResponse_Reason.NOT_ALLOWED,
    ],
    ['publish without a cid', {}, { ...microphoneRequest, cid: '' }, RequestResponse_Reason.INVALID_REQUEST],
    [
      'publish a camera as audio',
      {},
      { ...microphoneRequest, source: TrackSource.CAMERA },
      RequestResponse_Reason.INVALID_REQUEST,
    ],
    [
      'publish data as a track',
      {},
      { ...microphoneRequest, type: TrackType.DATA },
      RequestResponse_Reason.INVALID_REQUEST,
    ],
  ])('is told when it tries to %s', async (_name, video, request, reason) => {
    const alice = await joinCall(orchestrator, 'alice', { claims: { video } });
    alice.addTrack(request);
    expect(await alice.next('requestResponse')).toMatchObject({ reason, request: { case: 'addTrack' } });
    expect(alice.cases()).not.toContain('trackPublished');
  });

  it('loses its tracks when the permission to publish is taken, and gets them told and a new token', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera } = await publishBoth(alice);
    const key = { projectId: 'project', roomName: 'room' };
    const info = await orchestrator.rooms.updateParticipant(
      key,
      new UpdateParticipantRequest({ identity: 'alice', permission: { canSubscribe: true, canPublishData: true } }),
    );
    expect(info.permission).toMatchObject({ canPublish: false });
    expect(info.tracks).toEqual([]);
    await alice.nextWhere('trackUnpublished', ({ trackSid }) => trackSid === camera.sid);
    await alice.nextWhere('update', ({ participants }) => participants[0]!.permission?.canPublish === false);
    await alice.next('refreshToken');
    expect(orchestrator.node.sessionOf('alice').publications.size).toBe(0);
  });

  it('may change its metadata only with the grant, and always gets an answer with its request id', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.send({ case: 'updateMetadata', value: { metadata: 'x', requestId: 9 } });
    expect(await alice.next('requestResponse')).toMatchObject({
      requestId: 9,
      reason: RequestResponse_Reason.NOT_ALLOWED,
    });
    const bob = await joinCall(orchestrator, 'bob', { claims: { video: { canUpdateOwnMetadata: true } } });
    bob.send({ case: 'updateMetadata', value: { metadata: 'y', attributes: { role: 'host' }, requestId: 10 } });
    expect(await bob.next('requestResponse')).toMatchObject({ requestId: 10, reason: RequestResponse_Reason.OK });
    await alice.nextWhere('update', ({ participants }) =>
      participants.some((one) => one.metadata === 'y' && one.attributes.role === 'host'),
    );
    bob.send({ case: 'updateMetadata', value: { metadata: 'z'.repeat(600_000), requestId: 11 } });
    expect(await bob.next('requestResponse')).toMatchObject({
      requestId: 11,
      reason: RequestResponse_Reason.LIMIT_EXCEEDED,
    });
  });
});

describe('hostile messages', () => {
  it('explains a malformed message and goes on, for everybody', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    alice.socket.send(Buffer.from([0xff, 0xff, 0xff]));
    expect((await alice.next('requestResponse')).message).toMatch(/INVALID_ARGUMENT.*SignalRequest/);
    alice.socket.send('{"no": json');
    await alice.next('requestResponse');
    await publishBoth(alice);
    await bob.nextWhere('update', ({ participants }) => participants[0]!.tracks.length === 2);
  });

  it('closes a connection that keeps sending malformed messages', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    for (let count = 0; count < 12; count += 1) alice.socket.send(Buffer.from([0xff]));
    expect(await alice.closed()).toBe(1007);
  });

  it('closes a connection with a message over two megabytes', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.socket.send(Buffer.alloc(2 * 1024 * 1024 + 1));
    expect(await alice.closed()).toBe(1009);
  });

  it('closes a connection over its message rate, and the others feel nothing', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    for (let count = 0; count < 600; count += 1) alice.send({ case: 'trickle', value: { candidateInit: 'garbage' } });
    expect(await alice.closed()).toBe(1008);
    await bob.settle();
  });

  it('ends a session whose offer is no SDP, with the reason', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    alice.offer('v=0\r\nm=garbage', 5);
    expect((await alice.next('requestResponse')).message).toMatch(/SDP_INVALID/);
    expect(await alice.next('leave')).toMatchObject({
      reason: DisconnectReason.MEDIA_FAILURE,
      action: LeaveRequest_Action.DISCONNECT,
    });
    await bob.nextWhere('update', ({ participants }) => participants[0]!.state === 3);
  });

  it.each([
    ['an unknown track to mute', { case: 'mute' as const, value: { sid: 'TR_unknown', muted: true } }, 'TRACK_UNKNOWN'],
    [
      'another track to describe',
      { case: 'updateVideoTrack' as const, value: { trackSid: '__proto__' } },
      'TRACK_UNKNOWN',
    ],
    ['audio features of nothing', { case: 'updateAudioTrack' as const, value: { trackSid: '' } }, 'TRACK_UNKNOWN'],
    ['a garbage candidate', { case: 'trickle' as const, value: { candidateInit: 'garbage' } }, 'INVALID_ARGUMENT'],
  ])('explains %s, with the request, and the session goes on', async (_name, message, code) => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.send(message);
    const answer = await alice.next('requestResponse');
    expect(answer).toMatchObject({ message: expect.stringMatching(`^${code}: Expected|^${code}: .*expected`) });
    expect(answer.request.case).toBe(message.case);
    alice.addTrack(microphoneRequest);
    await alice.next('trackPublished');
  });

  it('waits for tracks that are not there yet, and takes odd answers and empty messages without harm', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.send({ case: 'subscription', value: { trackSids: ['TR_unknown', '__proto__'], subscribe: true } });
    alice.send({ case: 'trackSetting', value: { trackSids: ['TR_unknown'], width: 1 } });
    alice.send({ case: 'answer', value: { type: 'answer', sdp: 'nobody asked', id: 77 } });
    alice.send({ case: undefined });
    alice.addTrack(microphoneRequest);
    await alice.next('trackPublished');
    expect(alice.socket.readyState).toBe(1);
  });
});
