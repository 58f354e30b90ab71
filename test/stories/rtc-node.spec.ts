import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { dominantFrequency } from '../peers/dominant-frequency';
import { startRtcNodePeer } from '../peers/rtc-node';

const room = 'sine';
const frequencyHz = 440;
const seconds = 2;
/** Opus needs a moment to settle, and joining may begin within a packet. */
const settlingSeconds = 0.5;

describe('@livekit/rtc-node', () => {
  let network: TestNetwork;
  const peers: { stop: () => Promise<void> }[] = [];
  beforeAll(async () => {
    network = await startTestNetwork();
  }, 60_000);
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    await network?.stop();
  }, 30_000);

  it('publishes a sine that another one hears at the right frequency', async () => {
    const { livekitUrl } = network.ready;
    const grant = { roomJoin: true, room };
    const listener = await startRtcNodePeer('listen', livekitUrl, await network.token('listener', grant), seconds);
    peers.push(listener);
    const player = await startRtcNodePeer('sine', livekitUrl, await network.token('player', grant), frequencyHz);
    peers.push(player);
    const { samples, sampleRateHz } = await listener.heard;
    const settled = samples.subarray(settlingSeconds * sampleRateHz);
    expect(settled.length).toBeGreaterThanOrEqual(sampleRateHz);
    const found = dominantFrequency(settled, sampleRateHz);
    expect(Math.abs(found.frequencyHz - frequencyHz)).toBeLessThan(0.01 * frequencyHz);
    expect(found.share).toBeGreaterThan(0.9);
  }, 60_000);
});
