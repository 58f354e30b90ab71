import { control } from '@chroom/protocol';
import { type OfferSection, writeTestOffer } from '@chroom/signalling/testing';
import { type TrackInfo, TrackSource, TrackType, VideoQuality } from '@livekit/protocol';
import { type ClaimsShape, claimsOf } from '../../rooms/testing/fake-ports.js';
import type { ConnectOptions, SignalClient } from './signal-client.js';
import type { TestOrchestrator } from './test-orchestrator.js';

/** The sections that a browser opens for receiving before it publishes. */
export const receiveSections: readonly OfferSection[] = [
  { kind: 'audio', mid: '0' },
  { kind: 'audio', mid: '1' },
  { kind: 'video', mid: '2' },
  { kind: 'video', mid: '3' },
  { kind: 'application', mid: '4' },
];

export const cameraSection: OfferSection = {
  kind: 'video',
  mid: '6',
  direction: 'sendonly',
  cid: 'camera-cid',
  rids: ['q', 'h', 'f'],
};

export const microphoneSection: OfferSection = {
  kind: 'audio',
  mid: '5',
  direction: 'sendonly',
  cid: 'microphone-cid',
  ssrc: 11,
};

export const cameraRequest = {
  cid: 'camera-cid',
  type: TrackType.VIDEO,
  source: TrackSource.CAMERA,
  width: 1280,
  height: 720,
  layers: [
    { quality: VideoQuality.LOW, width: 320, height: 180, bitrate: 160_000 },
    { quality: VideoQuality.MEDIUM, width: 640, height: 360, bitrate: 450_000 },
    { quality: VideoQuality.HIGH, width: 1280, height: 720, bitrate: 1_700_000 },
  ],
  // The second one is a backup codec: known, never asked for.
  simulcastCodecs: [
    { codec: 'vp8', cid: 'camera-cid' },
    { codec: 'h264', cid: '' },
  ],
};

export const microphoneRequest = { cid: 'microphone-cid', type: TrackType.AUDIO, source: TrackSource.MICROPHONE };

export interface CallOptions extends ConnectOptions {
  readonly claims?: ClaimsShape;
}

/** Joins with a bundled offer, as livekit-client does, and lets the media connect: the participant is ACTIVE. */
export async function joinCall(
  orchestrator: TestOrchestrator,
  identity: string,
  options: CallOptions = {},
): Promise<SignalClient> {
  const publisherOffer = { type: 'offer', id: 1, sdp: writeTestOffer(receiveSections) };
  const { join } = options;
  const client = await orchestrator.join(claimsOf(identity, options.claims), {
    ...options,
    join: { connectionSettings: { autoSubscribe: true }, publisherOffer, ...join },
  });
  await client.next('answer');
  const { sid } = orchestrator.node.sessionOf(identity);
  orchestrator.node.transportState(sid, control.TransportState.CONNECTED);
  await client.nextWhere('update', ({ participants }) =>
    participants.some((one) => one.sid === sid && one.state === 2),
  );
  return client;
}

/** Publishes a simulcast camera and a microphone in one further offer. */
export async function publishBoth(
  client: SignalClient,
  offerId = 2,
): Promise<{ camera: TrackInfo; microphone: TrackInfo }> {
  client.addTrack(microphoneRequest);
  const microphone = (await client.next('trackPublished')).track!;
  client.addTrack(cameraRequest);
  const camera = (await client.next('trackPublished')).track!;
  client.offer(writeTestOffer([...receiveSections, microphoneSection, cameraSection]), offerId);
  await client.nextWhere('answer', ({ id }) => id === offerId);
  return { camera, microphone };
}

/** For what happens without a message that could be awaited; the test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}
