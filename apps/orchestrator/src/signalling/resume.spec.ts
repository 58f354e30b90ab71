import { control } from '@chroom/protocol';
import { writeTestOffer } from '@chroom/signalling/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import { FakeMediaNode } from '../rooms/testing/fake-media-node.js';
import { claimsOf, FakeOwnership } from '../rooms/testing/fake-ports.js';
import { joinCall, microphoneSection, publishBoth, receiveSections, until } from './testing/call-steps.js';
import type { JoinFields, SignalClient } from './testing/signal-client.js';
import { startTestOrchestrator, type TestOrchestrator } from './testing/test-orchestrator.js';

let orchestrator: TestOrchestrator;
beforeEach(async () => {
  orchestrator = await startTestOrchestrator();
});
afterEach(() => orchestrator.close());

function resume(identity: string, participantSid: string, more: JoinFields = {}): Promise<SignalClient> {
  const join = { connectionSettings: { autoSubscribe: true }, reconnect: true, participantSid, ...more };
  return orchestrator.join(claimsOf(identity), { join });
}

const room = { projectId: 'project', roomName: 'room' };

describe('resuming', () => {
  it('says reconnect first, then who is here and who left, then the room; media was not touched', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const carol = await joinCall(orchestrator, 'carol');
    const { sid } = orchestrator.node.sessionOf('alice');
    const carolSid = orchestrator.node.sessionOf('carol').sid;
    alice.terminate();
    carol.send({ case: 'leave', value: {} });
    await carol.closed();
    await bob.settle();
    const again = await resume('alice', sid);
    await again.next('refreshToken');
    expect(again.cases()).toEqual(['reconnect', 'update', 'roomUpdate', 'refreshToken']);
    const update = again.received[1]!.value as import('@livekit/protocol').ParticipantUpdate;
    expect(update.participants.map(({ identity, state }) => `${identity} ${state}`)).toEqual([
      'alice 2',
      'bob 2',
      'carol 3',
    ]);
    expect(update.participants[2]!.sid).toBe(carolSid);
    expect(orchestrator.node.sessionOf('alice').sid).toBe(sid);
  });

  it('takes an offer with new ICE credentials: new ones of ours, same tracks and sections', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    await publishBoth(alice);
    orchestrator.time.advance(150);
    await bob.next('mediaSectionsRequirement');
    bob.offer(writeTestOffer(receiveSections), 2);
    const before = await bob.nextWhere('answer', ({ id }) => id === 2);
    const { sid } = orchestrator.node.sessionOf('bob');
    bob.terminate();
    const again = await resume('bob', sid);
    again.offer(writeTestOffer(receiveSections, { ufrag: 'efgh' }), 3);
    const after = await again.next('answer');
    const ufragOf = (sdp: string) => /a=ice-ufrag:(\S+)/.exec(sdp)![1];
    expect(ufragOf(after.sdp)).not.toBe(ufragOf(before.sdp));
    expect(after.midToTrackId).toEqual(before.midToTrackId);
    expect(/a=fingerprint:.*/.exec(after.sdp)![0]).toBe(/a=fingerprint:.*/.exec(before.sdp)![0]);
    const connected = orchestrator.node.sessionOf('bob').transports.get(control.TransportRole.PUBLISHER)!.connected!;
    expect(connected.remoteIce!.usernameFragment).toBe('efgh');
  });

  it('says again which layers are watched, since that may have been said while the client was away', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    await publishBoth(alice);
    await orchestrator.passTime(5000);
    await alice.next('subscribedQualityUpdate');
    const again = await resume('alice', orchestrator.node.sessionOf('alice').sid);
    const update = await again.next('subscribedQualityUpdate');
    expect(update.subscribedQualities.map(({ enabled }) => enabled)).toEqual([false, false, false]);
  });

  it('offers the subscriber connection again with new ICE credentials (dual-PC)', async () => {
    const bob = await orchestrator.join(claimsOf('bob'), { query: { protocol: '17' } });
    const offer = await bob.next('offer');
    const sdp = writeTestOffer([{ kind: 'application', mid: '0' }], { setup: 'active' });
    bob.send({ case: 'answer', value: { type: 'answer', sdp, id: offer.id } });
    await bob.settle();
    const { sid } = orchestrator.node.sessionOf('bob');
    orchestrator.node.transportState(sid, control.TransportState.CONNECTED, control.TransportRole.SUBSCRIBER);
    await bob.settle();
    bob.terminate();
    const again = await orchestrator.join(claimsOf('bob'), { query: { protocol: '17', reconnect: '1', sid } });
    expect(again.received.length === 0 || again.received[0]!.case === 'reconnect').toBe(true);
    const next = await again.next('offer');
    expect(next.id).toBe(offer.id + 1);
    expect(/ice-ufrag:(\S+)/.exec(next.sdp)![1]).not.toBe(/ice-ufrag:(\S+)/.exec(offer.sdp)![1]);
  });

  it('applies sync_state, and sends those away whose tracks are unknown', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { camera, microphone } = await publishBoth(alice);
    orchestrator.time.advance(150);
    await bob.next('mediaSectionsRequirement');
    bob.offer(writeTestOffer(receiveSections), 2);
    await bob.nextWhere('answer', ({ id }) => id === 2);
    const syncState = {
      trackSidsDisabled: [camera.sid],
      subscription: { trackSids: [microphone.sid], subscribe: false },
    };
    const again = await resume('bob', orchestrator.node.sessionOf('bob').sid, { syncState });
    await again.settle();
    const { subscriptions } = orchestrator.node.sessionOf('bob');
    expect([...subscriptions.keys()]).toEqual([camera.sid]);
    expect(subscriptions.get(camera.sid)!.update).toMatchObject({ paused: true });

    alice.send({ case: 'syncState', value: { publishTracks: [{ cid: 'x', track: { sid: 'TR_unknown' } }] } });
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RECONNECT, canReconnect: true });
  });

  it.each([
    ['an unknown session', 'PA_unknown', 'alice'],
    ['a session of somebody else', 'mine', 'mallory'],
    ['no session at all', '', 'alice'],
  ])('tells the client of %s to join anew, and closes', async (_name, participantSid, identity) => {
    await joinCall(orchestrator, 'alice');
    const sid = participantSid === 'mine' ? orchestrator.node.sessionOf('alice').sid : participantSid;
    const stranger = await resume(identity, sid);
    expect(await stranger.next('leave')).toMatchObject({
      reason: DisconnectReason.STATE_MISMATCH,
      action: LeaveRequest_Action.RECONNECT,
    });
    expect(stranger.cases()).toEqual(['leave']);
    expect(await stranger.closed()).toBe(1000);
    expect(await orchestrator.rooms.listParticipants(room)).toHaveLength(1);
  });
});

const succeededFacts = () => orchestrator.facts.filter(({ kind }) => kind === 'succeeded');

describe('coming back to an orchestrator that lost its memory', () => {
  const leave = { reason: DisconnectReason.STATE_MISMATCH, action: LeaveRequest_Action.RECONNECT };
  beforeEach(() => {
    const session = { roomSid: 'RM_earlier', nodeId: orchestrator.node.nodeId, roommates: ['PA_alice', 'PA_bob'] };
    for (const sid of session.roommates) orchestrator.earlier.known.set(sid, session);
  });

  /** A round trip: what was sent before has arrived. */
  const heard = async (client: SignalClient) => {
    client.send({ case: 'ping', value: 1n });
    await client.next('pong');
  };

  it('keeps the first one until its room mates are back, and tells them together to join anew', async () => {
    const alice = await resume('alice', 'PA_alice');
    expect(await alice.next('reconnect')).toMatchObject({ serverInfo: { protocol: 17 } });
    orchestrator.time.advance(7000);
    await heard(alice);
    expect(alice.cases()).not.toContain('leave');
    const bob = await resume('bob', 'PA_bob');
    await bob.next('reconnect');
    orchestrator.time.advance(2999);
    await Promise.all([heard(alice), heard(bob)]);
    expect([...alice.cases(), ...bob.cases()]).not.toContain('leave');
    orchestrator.time.advance(1);
    for (const client of [alice, bob]) {
      expect(await client.next('leave')).toMatchObject(leave);
      await heard(client);
    }
    orchestrator.time.advance(10_000);
    expect(await Promise.all([alice.closed(), bob.closed()])).toEqual([1000, 1000]);
  });

  it('waits 12 s at most, also when a connection is replaced meanwhile', async () => {
    const lost = await resume('alice', 'PA_alice');
    await lost.next('reconnect');
    orchestrator.time.advance(8000);
    const alice = await resume('alice', 'PA_alice');
    await alice.next('reconnect');
    expect(await lost.closed()).toBe(1000);
    orchestrator.time.advance(3999);
    await heard(alice);
    expect(alice.cases()).not.toContain('leave');
    orchestrator.time.advance(1);
    expect(await alice.next('leave')).toMatchObject(leave);
  });

  it('answers pings of a client that waits, and takes no other requests', async () => {
    const alice = await resume('alice', 'PA_alice');
    await alice.next('reconnect');
    alice.offer(writeTestOffer(receiveSections), 2);
    alice.send({ case: 'ping', value: 1n });
    await alice.next('pong');
    expect(alice.cases()).toEqual(['reconnect', 'pong']);
  });

  it('closes the former session on the node that carries it, also when the room lives on another one now', async () => {
    const former = new FakeMediaNode(8n);
    const fence = { room: 'RM_earlier', token: 1n };
    await former.control.createSession({ fence, session: 'PA_0', identity: 'alice' });
    orchestrator.placement.nodes.push(former);
    orchestrator.earlier.known.set('PA_0', { roomSid: 'RM_earlier', nodeId: former.nodeId, roommates: ['PA_0'] });
    const client = await resume('alice', 'PA_0');
    await client.next('leave');
    expect(former.sessions.size).toBe(1);
    await joinCall(orchestrator, 'alice');
    await until(() => former.sessions.size === 0);
    expect(orchestrator.node.sessions.size).toBeGreaterThan(0);
  });

  it('closes the former session of a client that joins anew without asking for it, and that of nobody else', async () => {
    const { node } = orchestrator;
    const fence = { room: 'RM_earlier', token: 1n };
    for (const identity of ['alice', 'bob']) {
      await node.control.createSession({ fence, session: `PA_${identity}`, identity });
    }
    orchestrator.earlier.open = ['alice', 'bob'].map((identity) => ({
      sid: `PA_${identity}`,
      identity,
      nodeId: node.nodeId,
    }));
    const joinedAtMs = orchestrator.time.clock.nowMs();
    await joinCall(orchestrator, 'alice');
    await until(() => succeededFacts().length > 0);
    expect([...node.sessions.keys()].filter((sid) => sid === 'PA_alice' || sid === 'PA_bob')).toEqual(['PA_bob']);
    expect(succeededFacts()).toEqual([{ kind: 'succeeded', session: 'PA_alice', atMs: joinedAtMs }]);
  });

  it('closes the others when one of the former sessions is gone already, and asks again when nothing was known', async () => {
    const { node, earlier } = orchestrator;
    const fence = { room: 'RM_earlier', token: 1n };
    const former = ['PA_1', 'PA_2'].map((sid) => ({ sid, identity: 'alice', nodeId: node.nodeId }));
    for (const { sid } of former) await node.control.createSession({ fence, session: sid, identity: 'alice' });
    node.lost.add('PA_1');
    earlier.open = undefined;
    await joinCall(orchestrator, 'bob');
    earlier.open = former;
    await joinCall(orchestrator, 'alice');
    await until(() => !node.sessions.has('PA_2'));
    expect(node.calls.filter((call) => call === 'closeSession')).toHaveLength(2);
  });

  it('does not wait in a large room', async () => {
    const roommates = Array.from({ length: 51 }, (_, index) => `PA_${index}`);
    orchestrator.earlier.known.set('PA_0', { roomSid: 'RM_large', nodeId: 1n, roommates });
    const client = await resume('alice', 'PA_0');
    expect(await client.next('leave')).toMatchObject(leave);
    expect(client.cases()).toEqual(['leave']);
  });
});

describe('losing the client', () => {
  it('keeps the session while media flows, however long signalling is away', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    alice.terminate();
    await bob.settle();
    await orchestrator.passTime(60_000);
    expect(await orchestrator.rooms.listParticipants(room)).toHaveLength(2);
  });

  it('asks for a resume when media fails, and removes the participant when none comes', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    const { sid } = orchestrator.node.sessionOf('alice');
    orchestrator.node.transportState(sid, control.TransportState.FAILED);
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RESUME, canReconnect: true });
    await alice.closed();
    await orchestrator.passTime(5000);
    await bob.nextWhere('update', ({ participants }) => participants[0]!.sid === sid && participants[0]!.state === 3);
    expect(orchestrator.node.sessions.has(sid)).toBe(false);
  });

  it('keeps a participant that resumes in time', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { sid } = orchestrator.node.sessionOf('alice');
    orchestrator.node.transportState(sid, control.TransportState.FAILED);
    await alice.closed();
    const again = await resume('alice', sid);
    await again.next('refreshToken');
    await orchestrator.passTime(20_000);
    expect(await orchestrator.rooms.listParticipants(room)).toHaveLength(1);
  });

  it('removes a participant at once that leaves, and tells the others with a newer version', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    alice.send({ case: 'leave', value: { reason: DisconnectReason.CLIENT_INITIATED } });
    const gone = await bob.nextWhere('update', ({ participants }) => participants[0]!.state === 3);
    expect(gone.participants[0]).toMatchObject({
      identity: 'alice',
      disconnectReason: DisconnectReason.CLIENT_INITIATED,
    });
    const versions = bob.received.flatMap(({ case: kind, value }) =>
      kind === 'update'
        ? value.participants.filter(({ identity }) => identity === 'alice').map(({ version }) => version)
        : [],
    );
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
    expect(new Set(versions).size).toBe(versions.length);
  });
});

describe('losing the node, the claim, the orchestrator', () => {
  it('sends everybody to join anew when the node is lost, and places the room elsewhere', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const [before] = await orchestrator.rooms.listRooms('project', []);
    const other = new FakeMediaNode(8n);
    orchestrator.placement.nodes = [other];
    orchestrator.node.die();
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RECONNECT });
    await alice.closed();
    const again = await orchestrator.join(claimsOf('alice'));
    const join = await again.next('join');
    expect(join.serverInfo!.nodeId).toBe('8');
    expect(join.room!.sid).toBe(before!.sid);
    expect(other.sessions.size).toBe(1);
  });

  it('stops acting for a room whose claim is lost, without touching its media', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const calls = orchestrator.node.calls.length;
    orchestrator.ownership.held.get('room')!.lose('another owner');
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RESUME });
    await alice.closed();
    expect(orchestrator.node.calls.slice(calls)).toEqual([]);
    expect(orchestrator.node.sessions.size).toBe(1);
    expect(await orchestrator.rooms.listRooms('project', [])).toEqual([]);
  });

  it('stops acting for a room when the node has seen a newer owner', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const session = orchestrator.node.sessionOf('alice');
    await orchestrator.node.control.storeSessionState({
      fence: { room: session.room, token: 1000n },
      session: session.sid,
      state: new Uint8Array(),
    });
    alice.offer(writeTestOffer([...receiveSections], { ufrag: 'newer' }), 2);
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RESUME });
    expect(await orchestrator.rooms.listRooms('project', [])).toEqual([]);
  });

  it('brings clients back after a restart: told to join anew, old sessions closed only then', async () => {
    await joinCall(orchestrator, 'alice');
    const old = orchestrator.node.sessionOf('alice').sid;
    const { node } = orchestrator;
    await orchestrator.close();
    expect(node.sessions.has(old)).toBe(true);
    const ownership = new FakeOwnership();
    await ownership.claim('project', 'another'); // tokens of the new process are higher than the old ones
    orchestrator = await startTestOrchestrator({ node, ownership });
    orchestrator.earlier.known.set(old, { roomSid: 'RM_earlier', nodeId: node.nodeId, roommates: [old] });
    const told = await resume('alice', old);
    expect((await told.next('leave')).action).toBe(LeaveRequest_Action.RECONNECT);
    expect(node.sessions.has(old)).toBe(true);
    const again = await joinCall(orchestrator, 'alice');
    await again.settle();
    await until(() => succeededFacts().length > 0);
    expect([node.sessions.size, node.sessions.has(old)]).toEqual([1, false]);
    const joinedAtMs = orchestrator.time.clock.nowMs();
    expect(succeededFacts()).toEqual([{ kind: 'succeeded', session: old, atMs: joinedAtMs }]);
  });

  it('closes no session that a client names without having had it', async () => {
    const { node } = orchestrator;
    await node.control.createSession({ fence: { room: 'RM_other', token: 1n }, session: 'PA_bob', identity: 'bob' });
    const told = await resume('mallory', 'PA_bob');
    expect((await told.next('leave')).action).toBe(LeaveRequest_Action.RECONNECT);
    await (await joinCall(orchestrator, 'mallory')).settle();
    await joinCall(orchestrator, 'alice');
    expect(node.sessions.has('PA_bob')).toBe(true);
  });

  it('leaves a client with its media while its room cannot be had: the resume is refused, to be tried again', async () => {
    await joinCall(orchestrator, 'alice');
    const old = orchestrator.node.sessionOf('alice').sid;
    const { node } = orchestrator;
    await orchestrator.close();
    const ownership = new FakeOwnership();
    ownership.ownedElsewhere = true;
    orchestrator = await startTestOrchestrator({ node, ownership });
    await expect(resume('alice', old)).rejects.toMatchObject({ status: 503 });
    expect(node.sessions.has(old)).toBe(true);
  });

  it('removes a participant whose session the node ended', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const { sid } = orchestrator.node.sessionOf('alice');
    orchestrator.node.emit(sid, { case: 'sessionEnded', value: { reason: 'test' } });
    expect(await alice.next('leave')).toMatchObject({ action: LeaveRequest_Action.RECONNECT });
  });

  it('answers a client whose offer the node cannot take with a resume, and others go on', async () => {
    const alice = await joinCall(orchestrator, 'alice');
    const bob = await joinCall(orchestrator, 'bob');
    alice.addTrack({ cid: 'microphone-cid' });
    await alice.next('trackPublished');
    const { ChroomError } = await import('@chroom/protocol');
    orchestrator.node.failure = new ChroomError('NODE_UNAVAILABLE', 'slow');
    alice.offer(writeTestOffer([...receiveSections, microphoneSection]), 2);
    expect((await alice.next('leave')).action).toBe(LeaveRequest_Action.RESUME);
    orchestrator.node.failure = undefined;
    await bob.settle();
  });
});
