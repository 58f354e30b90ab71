import { writeTestOffer } from '@chroom/signalling/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { VideoQuality } from '@livekit/protocol';
import {
  cameraSection,
  joinCall,
  microphoneSection,
  publishBoth,
  receiveSections,
} from '../../signalling/testing/call-steps.js';
import type { SignalClient } from '../../signalling/testing/signal-client.js';
import { startTestOrchestrator, type TestOrchestrator } from '../../signalling/testing/test-orchestrator.js';

const microphoneBps = 128_000;
const layers = { low: 160_000, medium: 450_000, high: 1_700_000 };

describe('what the rooms say of media for the record that nodes are paid by', () => {
  let orchestrator: TestOrchestrator;
  let ann: SignalClient;
  let bob: SignalClient;
  let tracks: Awaited<ReturnType<typeof publishBoth>>;
  let sids: { readonly ann: string; readonly bob: string };
  beforeEach(async () => {
    orchestrator = await startTestOrchestrator();
    ann = await joinCall(orchestrator, 'ann');
    bob = await joinCall(orchestrator, 'bob');
    tracks = await publishBoth(ann);
    orchestrator.time.advance(150);
    await bob.next('mediaSectionsRequirement');
    bob.offer(writeTestOffer(receiveSections), 2);
    await bob.nextWhere('answer', ({ id }) => id === 2);
    sids = { ann: orchestrator.node.sessionOf('ann').sid, bob: orchestrator.node.sessionOf('bob').sid };
  });
  afterEach(() => orchestrator.close());

  /** The streams of a session as they were said last. */
  const streams = (session: string) => {
    const newest = new Map<string, number>();
    for (const fact of orchestrator.facts) {
      if (fact.kind === 'stream' && fact.session === session) newest.set(`${fact.direction} ${fact.track}`, fact.bps);
    }
    return Object.fromEntries(newest);
  };
  const camera = (direction: string) => `${direction} ${tracks.camera.sid}`;
  const microphone = (direction: string) => `${direction} ${tracks.microphone.sid}`;

  it('names the place of each session at its admission, and its connection', () => {
    const admitted = orchestrator.facts.filter(({ kind }) => kind === 'admitted');
    expect(admitted).toMatchObject([
      { session: sids.ann, projectId: 'project', roomName: 'room', nodeId: orchestrator.node.nodeId },
      { session: sids.bob },
    ]);
    expect(orchestrator.facts).toContainEqual(
      expect.objectContaining({ kind: 'connection', session: sids.bob, isConnected: true }),
    );
  });

  it('declares all layers of what is published and one layer of what is received', () => {
    const sum = layers.low + layers.medium + layers.high;
    expect(streams(sids.ann)).toEqual({ [camera('sent')]: sum, [microphone('sent')]: microphoneBps });
    expect(streams(sids.bob)).toEqual({
      [camera('received')]: layers.high,
      [microphone('received')]: microphoneBps,
    });
  });

  it('follows the layer that a receiver asks for, and its pause', async () => {
    const ask = async (wish: { quality?: VideoQuality; disabled?: boolean }) => {
      bob.send({ case: 'trackSetting', value: { trackSids: [tracks.camera.sid], ...wish } });
      await bob.settle();
      return streams(sids.bob)[camera('received')];
    };
    expect(await ask({ quality: VideoQuality.LOW })).toBe(layers.low);
    expect(await ask({ disabled: true })).toBe(0);
    expect(await ask({ quality: VideoQuality.MEDIUM })).toBe(layers.medium);
  });

  it('declares nothing of a muted track, for nobody, until it is heard again', async () => {
    ann.send({ case: 'mute', value: { sid: tracks.microphone.sid, muted: true } });
    await ann.settle();
    expect([streams(sids.ann)[microphone('sent')], streams(sids.bob)[microphone('received')]]).toEqual([0, 0]);
    ann.send({ case: 'mute', value: { sid: tracks.microphone.sid, muted: false } });
    await ann.settle();
    expect(streams(sids.bob)[microphone('received')]).toBe(microphoneBps);
  });

  it('ends the streams of a track that is unpublished and of a subscription that is given up', async () => {
    bob.send({ case: 'subscription', value: { trackSids: [tracks.camera.sid], subscribe: false } });
    await bob.settle();
    expect(streams(sids.bob)[camera('received')]).toBe(0);
    const ended = { ...microphoneSection, direction: 'inactive' as const };
    ann.offer(writeTestOffer([...receiveSections, ended, cameraSection]), 3);
    await ann.nextWhere('answer', ({ id }) => id === 3);
    await bob.settle();
    expect([streams(sids.ann)[microphone('sent')], streams(sids.bob)[microphone('received')]]).toEqual([0, 0]);
  });

  it('says that a session has ended, once', async () => {
    bob.send({ case: 'leave', value: {} });
    await bob.closed();
    await ann.settle();
    expect(orchestrator.facts.filter(({ kind }) => kind === 'ended')).toMatchObject([{ session: sids.bob }]);
  });
});
