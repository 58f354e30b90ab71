import { control } from '@chroom/protocol';
import { recordedOffer, writeTestOffer } from '@chroom/signalling/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SessionDescription } from '@livekit/protocol';
import { claimsOf } from '../rooms/testing/fake-ports.js';
import { joinCall, publishBoth } from './testing/call-steps.js';
import type { SignalClient } from './testing/signal-client.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

const query = { protocol: '17', sdk: 'js', auto_subscribe: '1' };

/** Answers a subscriber offer as a browser does: same sections, receiving. */
function answer(client: SignalClient, offer: SessionDescription, refusedMids: readonly string[] = []): void {
  const sections = [...offer.sdp.matchAll(/m=(\w+) [\s\S]*?a=mid:(\S+)/g)].map(([, kind, mid]) => ({
    kind: kind as 'audio' | 'video' | 'application',
    mid: mid!,
    direction: refusedMids.includes(mid!) ? ('inactive' as const) : ('recvonly' as const),
  }));
  const sdp = writeTestOffer(sections, { setup: 'active' });
  client.send({ case: 'answer', value: { type: 'answer', sdp, id: offer.id } });
}

describe('a call over two peer connections', () => {
  it('is subscriber primary and offers the subscriber connection at once, with its own data channels', async () => {
    const bob = await orchestrator.join(claimsOf('bob'), { query });
    expect((await bob.next('join')).subscriberPrimary).toBe(true);
    const offer = await bob.next('offer');
    expect(offer).toMatchObject({ id: 1, type: 'offer', midToTrackId: {} });
    expect(offer.sdp).toMatch(/a=setup:actpass/);
    answer(bob, offer);
    await bob.settle();
    const session = orchestrator.node.sessionOf('bob');
    expect(session.transports.get(control.TransportRole.SUBSCRIBER)!.connected).toMatchObject({
      openDataChannels: true,
      localDtlsRole: control.DtlsRole.SERVER,
      remoteSctpPort: 5000,
    });
    orchestrator.node.transportState(session.sid, control.TransportState.CONNECTED);
    await bob.settle();
    expect(orchestrator.events.map(({ name }) => name)).not.toContain('participant_joined');
    orchestrator.node.transportState(session.sid, control.TransportState.CONNECTED, control.TransportRole.SUBSCRIBER);
    await bob.nextWhere('update', ({ participants }) => participants[0]!.state === 2);
  });

  it('is publisher primary for a token that may not subscribe', async () => {
    const bob = await orchestrator.join(claimsOf('bob', { video: { canSubscribe: false } }), { query });
    expect((await bob.next('join')).subscriberPrimary).toBe(false);
    await bob.settle();
    expect(bob.cases()).not.toContain('offer');
  });

  it('offers the tracks of a single-PC publisher, and takes the publication of a dual-PC client', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera, microphone } = await publishBoth(alice);
    const bob = await orchestrator.join(claimsOf('bob'), { query });
    const offer = await bob.next('offer');
    expect(new Set(Object.values(offer.midToTrackId))).toEqual(new Set([camera.sid, microphone.sid]));
    const aliceSid = orchestrator.node.sessionOf('alice').sid;
    expect(offer.sdp).toContain(`a=msid:${aliceSid}|${camera.sid} ${camera.sid}`);
    expect(offer.sdp).toContain('a=ssrc-group:FID');
    bob.offer(recordedOffer('chromium-147-dual-first'), 1);
    expect((await bob.next('answer')).sdp).toContain('m=application 9');
    const session = orchestrator.node.sessionOf('bob');
    expect(session.subscriptions.get(camera.sid)!.request).toMatchObject({
      role: control.TransportRole.SUBSCRIBER,
      payloads: [{ published: 96, subscribed: 96, subscribedRtx: 97 }],
    });
  });

  it('has one offer in flight, reuses freed sections, and counts ids up', async () => {
    const bob = await orchestrator.join(claimsOf('bob'), { query });
    const first = await bob.next('offer');
    const alice = await joinCall(orchestrator, 'alice');
    const { camera } = await publishBoth(alice);
    await alice.settle();
    orchestrator.time.advance(20);
    await bob.settle();
    expect(bob.cases().filter((kind) => kind === 'offer')).toHaveLength(1);
    answer(bob, first);
    const second = await bob.next('offer');
    expect(second.id).toBe(2);
    expect(Object.keys(second.midToTrackId)).toHaveLength(2);
    answer(bob, second);
    const cameraMid = Object.entries(second.midToTrackId).find(([, sid]) => sid === camera.sid)![0];
    alice.send({ case: 'leave', value: {} });
    await alice.closed();
    await bob.settle();
    orchestrator.time.advance(20);
    const third = await bob.next('offer');
    expect(third).toMatchObject({ id: 3, midToTrackId: {} });
    expect(third.sdp.match(/a=inactive/g)).toHaveLength(2);
    answer(bob, third);
    const carol = await joinCall(orchestrator, 'carol');
    const again = await publishBoth(carol);
    await bob.settle();
    await carol.settle();
    orchestrator.time.advance(20);
    const fourth = await bob.next('offer');
    expect(fourth.midToTrackId[cameraMid]).toBe(again.camera.sid);
    expect(Object.keys(fourth.midToTrackId)).toHaveLength(2);
  });

  it('ignores late answers, and gives up a track that the client refuses', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { camera } = await publishBoth(alice);
    const bob = await orchestrator.join(claimsOf('bob'), { query });
    const offer = await bob.next('offer');
    const cameraMid = Object.entries(offer.midToTrackId).find(([, sid]) => sid === camera.sid)![0];
    bob.send({ case: 'answer', value: { type: 'answer', sdp: 'late', id: 99 } });
    answer(bob, offer, [cameraMid]);
    expect(await bob.next('subscriptionResponse')).toMatchObject({ trackSid: camera.sid, err: 1 });
    expect(Object.values((await bob.next('offer')).midToTrackId)).not.toContain(camera.sid);
    expect(orchestrator.node.sessionOf('bob').subscriptions.has(camera.sid)).toBe(false);
  });
});
