import { control } from '@chroom/protocol';
import { writeTestOffer } from '@chroom/signalling/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RequestResponse_Reason, TrackSource, VideoQuality } from '@livekit/protocol';
import {
  cameraRequest,
  cameraSection,
  joinCall,
  microphoneSection,
  publishBoth,
  receiveSections,
} from './testing/call-steps.js';
import type { SignalClient } from './testing/signal-client.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

/** Answers the server's wish for a new offer, as clients do. */
async function renegotiate(client: SignalClient, id: number, more: Parameters<typeof writeTestOffer>[0] = []) {
  orchestrator.time.advance(150);
  const requirement = await client.next('mediaSectionsRequirement');
  client.offer(writeTestOffer([...receiveSections, ...more]), id);
  return { requirement, answer: await client.nextWhere('answer', (answer) => answer.id === id) };
}

describe('a call over one peer connection', () => {
  it('publishes, tells the room, and carries both tracks to the other side on its receive sections', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera, microphone } = await publishBoth(alice);
    expect(camera.sid).toMatch(/^TR_VC[A-Za-z0-9]{12}$/);
    expect(microphone.sid).toMatch(/^TR_AM[A-Za-z0-9]{12}$/);

    const aliceSid = orchestrator.node.sessionOf('alice').sid;
    const update = await bob.nextWhere('update', ({ participants }) => participants[0]!.tracks.length === 2);
    expect(update.participants[0]).toMatchObject({ sid: aliceSid, state: 2, isPublisher: true });
    const told = update.participants[0]!.tracks.find(({ sid }) => sid === camera.sid)!;
    expect(told).toMatchObject({ mid: '6', mimeType: 'video/VP8', simulcast: true, source: TrackSource.CAMERA });
    expect(told.layers.map(({ rid }) => rid)).toEqual(['q', 'h', 'f']);
    expect(told.codecs[0]).toMatchObject({ mimeType: 'video/VP8', mid: '6', cid: 'camera-cid' });

    const { requirement, answer } = await renegotiate(bob, 2);
    expect(requirement).toMatchObject({ numAudios: 0, numVideos: 0 });
    expect(answer.midToTrackId).toEqual({ '0': microphone.sid, '2': camera.sid });
    const { ssrc, rtxSsrc } = ssrcsOf(answer.sdp, camera.sid);
    expect(answer.sdp).toContain(`a=msid:${aliceSid}|${camera.sid} ${camera.sid}`);
    expect(answer.sdp).toContain(`a=ssrc-group:FID ${ssrc} ${rtxSsrc}`);
    expect(answer.sdp).toContain(`a=ssrc:${ssrc} cname:${aliceSid}`);
    const subscriptions = orchestrator.node.sessionOf('bob').subscriptions;
    expect(subscriptions.get(camera.sid)!.request).toMatchObject({
      mid: '2',
      paused: false,
      maxQuality: 2,
      payloads: [{ published: 96, subscribed: 96, subscribedRtx: 97 }],
    });
  });

  it('publishes layers by name in growing quality, whatever the order of the offer', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.addTrack(cameraRequest);
    const { track } = await alice.next('trackPublished');
    const section = { ...cameraSection, rids: ['f', 'h', 'q'] };
    alice.offer(writeTestOffer([...receiveSections, section]), 2);
    await alice.nextWhere('answer', ({ id }) => id === 2);
    const { request } = orchestrator.node.sessionOf('alice').publications.get(track!.sid)!;
    expect(request.encodings.map(({ rid, quality }) => `${rid}${quality}`)).toEqual(['q0', 'h1', 'f2']);
    expect(request).toMatchObject({
      mid: '6',
      kind: control.MediaKind.VIDEO,
      codecs: [{ mimeType: 'video/VP8', rtxPayloadType: 97, nack: true, pli: true }],
    });
  });

  it('gives a newcomer everything that is there with its first answer', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera, microphone } = await publishBoth(alice);
    const publisherOffer = { type: 'offer', id: 1, sdp: writeTestOffer(receiveSections) };
    const { claimsOf } = await import('../rooms/testing/fake-ports.js');
    const bob = await orchestrator.join(claimsOf('bob'), {
      join: { connectionSettings: { autoSubscribe: true }, publisherOffer },
    });
    const join = await bob.next('join');
    expect(join.otherParticipants.map(({ identity, tracks }) => [identity, tracks.length])).toEqual([['alice', 2]]);
    expect((await bob.next('answer')).midToTrackId).toEqual({ '0': microphone.sid, '2': camera.sid });
  });

  it('asks for sections that are missing, once, and puts the tracks on them', async () => {
    const bob = await joinCall(orchestrator, 'bob');
    for (const name of ['a', 'b', 'c']) await publishBoth(await joinCall(orchestrator, name));
    const { answer } = await renegotiate(bob, 2);
    expect(Object.keys(answer.midToTrackId)).toHaveLength(4);
    const missing = await bob.next('mediaSectionsRequirement');
    expect(missing).toMatchObject({ numAudios: 1, numVideos: 1 });
    bob.offer(writeTestOffer(receiveSections), 3);
    expect(Object.keys((await bob.nextWhere('answer', ({ id }) => id === 3)).midToTrackId)).toHaveLength(4);
    await bob.settle();
    const requirements = bob.cases().filter((kind) => kind === 'mediaSectionsRequirement');
    expect(requirements).toHaveLength(2);
    bob.offer(writeTestOffer([...receiveSections, { kind: 'audio', mid: '7' }, { kind: 'video', mid: '8' }]), 4);
    expect(Object.keys((await bob.nextWhere('answer', ({ id }) => id === 4)).midToTrackId)).toHaveLength(6);
  });

  it('asks for an offer right after a first change, and gathers those of the next 150 ms', async () => {
    const bob = await joinCall(orchestrator, 'bob');
    const asked = () => bob.cases().filter((kind) => kind === 'mediaSectionsRequirement').length;
    await publishBoth(await joinCall(orchestrator, 'a'));
    orchestrator.time.advance(20);
    await bob.next('mediaSectionsRequirement');
    await publishBoth(await joinCall(orchestrator, 'b'));
    await publishBoth(await joinCall(orchestrator, 'c'));
    orchestrator.time.advance(149);
    await bob.settle();
    expect(asked()).toBe(1);
    orchestrator.time.advance(1);
    await bob.next('mediaSectionsRequirement');
    await bob.settle();
    expect(asked()).toBe(2);
  });

  it('ends a track whose section goes inactive, and frees the section of those who received it', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera, microphone } = await publishBoth(alice);
    await renegotiate(bob, 2);
    const ended = { ...cameraSection, direction: 'inactive' as const };
    alice.offer(writeTestOffer([...receiveSections, microphoneSection, ended]), 3);
    const answer = await alice.nextWhere('answer', ({ id }) => id === 3);
    expect(answer.sdp.slice(answer.sdp.indexOf('a=mid:6'))).toMatch(/a=inactive/);
    const update = await bob.nextWhere('update', ({ participants }) => participants[0]!.tracks.length === 1);
    expect(update.participants[0]!.tracks[0]!.sid).toBe(microphone.sid);
    expect((await renegotiate(bob, 3)).answer.midToTrackId).toEqual({ '0': microphone.sid });
    expect(orchestrator.node.sessionOf('bob').subscriptions.has(camera.sid)).toBe(false);
    expect(orchestrator.events.filter(({ name }) => name === 'track_unpublished')).toHaveLength(1);
  });

  it('keeps the sid when the same media is published again in the same breath', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera } = await publishBoth(alice);
    alice.addTrack(cameraRequest);
    expect((await alice.next('trackPublished')).track!.sid).toBe(camera.sid);
    const ended = { ...cameraSection, direction: 'inactive' as const };
    const again = { ...cameraSection, mid: '7' };
    alice.offer(writeTestOffer([...receiveSections, microphoneSection, ended, again]), 3);
    await alice.nextWhere('answer', ({ id }) => id === 3);
    expect(orchestrator.node.sessionOf('alice').publications.get(camera.sid)!.request.mid).toBe('7');
  });

  it('passes a mute on to the room and the node, and a server mute to the client', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { microphone, camera } = await publishBoth(alice);
    alice.send({ case: 'mute', value: { sid: microphone.sid, muted: true } });
    await bob.nextWhere('update', ({ participants }) =>
      participants[0]!.tracks.some(({ sid, muted }) => sid === microphone.sid && muted),
    );
    expect(orchestrator.node.sessionOf('alice').publications.get(microphone.sid)!.muted).toBe(true);

    const key = { projectId: 'project', roomName: 'room' };
    const info = await orchestrator.rooms.mutePublishedTrack(key, 'alice', camera.sid, true);
    expect(info.muted).toBe(true);
    expect(await alice.next('mute')).toMatchObject({ sid: camera.sid, muted: true });
    const unmuting = orchestrator.rooms.mutePublishedTrack(key, 'alice', camera.sid, false);
    await expect(unmuting).rejects.toMatchObject({ code: 'UNMUTE_NOT_ALLOWED' });
  });

  it('switches layers by track settings: size, quality, off', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera } = await publishBoth(alice);
    await renegotiate(bob, 2);
    const asked = async (value: object) => {
      bob.send({ case: 'trackSetting', value: { trackSids: [camera.sid], ...value } });
      await bob.settle();
      return orchestrator.node.sessionOf('bob').subscriptions.get(camera.sid)!.update;
    };
    expect(await asked({ width: 320, height: 180 })).toMatchObject({ maxQuality: 0, paused: false });
    expect(await asked({ width: 400, height: 225, fps: 15 })).toMatchObject({ maxQuality: 1, maxFps: 15 });
    expect(await asked({ width: 1920, height: 1080 })).toMatchObject({ maxQuality: 2 });
    expect(await asked({ quality: VideoQuality.MEDIUM })).toMatchObject({ maxQuality: 1 });
    expect(await asked({ disabled: true })).toMatchObject({ paused: true });
  });

  it('keeps a wish that came before its subscription, size and frame rate', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera } = await publishBoth(alice);
    bob.send({ case: 'trackSetting', value: { trackSids: [camera.sid], width: 320, height: 180, fps: 15 } });
    await bob.settle();
    await renegotiate(bob, 2);
    const subscription = orchestrator.node.sessionOf('bob').subscriptions.get(camera.sid)!;
    expect(subscription.update).toMatchObject({ maxQuality: 0, maxFps: 15, paused: false });
  });

  it('raises the layers of a publisher at once and lowers them after five seconds, with bare codec names', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera } = await publishBoth(alice);
    await orchestrator.passTime(5000);
    const off = await alice.next('subscribedQualityUpdate');
    expect(off.trackSid).toBe(camera.sid);
    expect(off.subscribedCodecs.map(({ codec }) => codec)).toEqual(['vp8']);
    expect(off.subscribedCodecs[0]!.qualities.map(({ enabled }) => enabled)).toEqual([false, false, false]);
    const bob = await joinCall(orchestrator, 'bob');
    await alice.nextWhere('trackSubscribed', ({ trackSid }) => trackSid === camera.sid);
    const on = await alice.next('subscribedQualityUpdate');
    expect(on.subscribedQualities.map(({ enabled }) => enabled)).toEqual([true, true, true]);
    bob.send({ case: 'trackSetting', value: { trackSids: [camera.sid], quality: VideoQuality.LOW } });
    await bob.settle();
    expect(alice.cases().filter((kind) => kind === 'subscribedQualityUpdate')).toHaveLength(2);
    await orchestrator.passTime(5000);
    const low = await alice.next('subscribedQualityUpdate');
    expect(low.subscribedQualities.map(({ enabled }) => enabled)).toEqual([true, false, false]);
  });

  it('tells a receiver without a codec for a track, and the rest of its call goes on', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera, microphone } = await publishBoth(alice);
    const sections = receiveSections.map((section) =>
      section.kind === 'video' ? { ...section, codecs: { 100: 'H264/90000' } } : section,
    );
    const publisherOffer = { type: 'offer', id: 1, sdp: writeTestOffer(sections) };
    const bob = await joinCall(orchestrator, 'bob', {
      join: { connectionSettings: { autoSubscribe: true }, publisherOffer },
    });
    const refused = bob.received.find(({ case: kind }) => kind === 'subscriptionResponse')?.value;
    expect(refused).toMatchObject({ trackSid: camera.sid, err: 1 });
    const answer = bob.received.find(({ case: kind }) => kind === 'answer')?.value;
    expect(answer).toMatchObject({ midToTrackId: { '0': microphone.sid } });
  });

  it('rejects a section without a usable codec and says which are', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    alice.addTrack(cameraRequest);
    const odd = { ...cameraSection, rids: undefined, codecs: { 99: 'H263/90000' } };
    alice.offer(writeTestOffer([...receiveSections, odd]), 2);
    const refused = await alice.next('requestResponse');
    expect(refused).toMatchObject({ reason: RequestResponse_Reason.UNSUPPORTED_TYPE, request: { case: 'addTrack' } });
    expect(refused.message).toMatch(/CODEC_UNSUPPORTED.*VP8.*H263/);
    expect((await alice.nextWhere('answer', ({ id }) => id === 2)).sdp).toContain('m=video 0 ');
  });

  it('follows explicit subscriptions, and those of the server API', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob', {
      join: {
        connectionSettings: { autoSubscribe: false },
        publisherOffer: { type: 'offer', id: 1, sdp: writeTestOffer(receiveSections) },
      },
    });
    const { camera, microphone } = await publishBoth(alice);
    await bob.settle();
    expect(bob.cases()).not.toContain('mediaSectionsRequirement');
    bob.send({ case: 'subscription', value: { trackSids: [camera.sid], subscribe: true } });
    await bob.settle();
    expect((await renegotiate(bob, 2)).answer.midToTrackId).toEqual({ '2': camera.sid });
    const key = { projectId: 'project', roomName: 'room' };
    await orchestrator.rooms.updateSubscriptions(key, 'bob', [camera.sid], false);
    await orchestrator.rooms.updateSubscriptions(key, 'bob', [microphone.sid], true);
    expect((await renegotiate(bob, 3)).answer.midToTrackId).toEqual({ '0': microphone.sid });
    const unknown = orchestrator.rooms.updateSubscriptions(key, 'bob', ['TR_nothing'], true);
    await expect(unknown).rejects.toMatchObject({ code: 'TRACK_UNKNOWN' });
  });

  it('lets a publisher choose who receives its tracks', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera } = await publishBoth(alice);
    await renegotiate(bob, 2);
    alice.send({ case: 'subscriptionPermission', value: { allParticipants: false } });
    const denied = await bob.nextWhere('subscriptionPermissionUpdate', ({ trackSid }) => trackSid === camera.sid);
    expect(denied.allowed).toBe(false);
    expect((await renegotiate(bob, 3)).answer.midToTrackId).toEqual({});
    const trackPermissions = [{ participantIdentity: 'bob', trackSids: [camera.sid] }];
    alice.send({ case: 'subscriptionPermission', value: { allParticipants: false, trackPermissions } });
    expect((await bob.next('subscriptionPermissionUpdate')).allowed).toBe(true);
    expect(Object.values((await renegotiate(bob, 4)).answer.midToTrackId)).toEqual([camera.sid]);
  });

  it('reports speakers as the node measures them, and quality only from measurements', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera, microphone } = await publishBoth(alice);
    const session = orchestrator.node.sessionOf('alice');
    const speakers = [{ session: session.sid, track: microphone.sid, level: 0.5, active: true }];
    orchestrator.node.emitToRoom(session.room, { case: 'speakers', value: { speakers } });
    expect((await bob.next('speakersChanged')).speakers).toMatchObject([
      { sid: session.sid, level: 0.5, active: true },
    ]);

    await orchestrator.passTime(5000);
    expect(bob.cases()).not.toContain('connectionQuality');
    const measure = (lossPpm: number) =>
      orchestrator.node.emit(session.sid, {
        case: 'statistics',
        value: {
          session: session.sid,
          rttUs: 20_000,
          published: [{ track: camera.sid, packets: 100n, bitrateBps: 100_000, lossPpm, jitterUs: 1000 }],
        },
      });
    measure(0);
    await orchestrator.passTime(5000);
    const good = await bob.next('connectionQuality');
    expect(good.updates).toMatchObject([{ participantSid: session.sid, quality: 2 }]);
    measure(200_000);
    await orchestrator.passTime(5000);
    expect((await bob.next('connectionQuality')).updates).toMatchObject([{ quality: 0 }]);
    orchestrator.node.transportState(session.sid, control.TransportState.DISCONNECTED);
    await orchestrator.passTime(5000);
    expect((await bob.next('connectionQuality')).updates).toMatchObject([{ quality: 3 }]);
  });

  it('tells how many are in the room, once a second at most', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    await joinCall(orchestrator, 'bob');
    await publishBoth(alice);
    await orchestrator.passTime(1000);
    expect((await alice.next('roomUpdate')).room).toMatchObject({ numParticipants: 2, numPublishers: 1 });
    expect(alice.cases().filter((kind) => kind === 'roomUpdate')).toHaveLength(1);
  });

  it('does not show hidden participants, nor what they publish', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const ghost = await joinCall(orchestrator, 'ghost', { claims: { video: { hidden: true } } });
    await publishBoth(ghost);
    await alice.settle();
    const seen = alice.received.flatMap(({ case: kind, value }) => (kind === 'update' ? value.participants : []));
    expect(seen.map(({ identity }) => identity)).not.toContain('ghost');
    const rooms = await orchestrator.rooms.listRooms('project', []);
    expect(rooms[0]).toMatchObject({ numParticipants: 1, numPublishers: 0 });
  });
});

function ssrcsOf(sdp: string, trackSid: string): { ssrc: string; rtxSsrc: string } {
  const section = sdp.split('\r\nm=').find((part) => part.includes(trackSid)) ?? '';
  const [, ssrc = '', rtxSsrc = ''] = /a=ssrc-group:FID (\d+) (\d+)/.exec(section) ?? [];
  return { ssrc, rtxSsrc };
}
