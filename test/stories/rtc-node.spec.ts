import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { dominantFrequency } from '../peers/dominant-frequency';
import { startRtcNodePeer } from '../peers/rtc-node';
import { colourError } from '../peers/test-picture.mjs';

const frequencyHz = 440;
const seconds = 2;
/** Opus needs a moment to settle, and joining may begin within a packet. */
const settlingSeconds = 0.5;
/** Of 255: what an encoder under noise may make of the mean colour of an area; two pictures differ by 50 and more. */
const mostColourError = 12;
/** Pictures that the sender of a busy machine may skip at once: a second. What is lost on the way counts on its own. */
const mostSkippedPictures = 20;
/** Frames that have arrived and wait for their turn when the figures are read: on a busy machine up to a third of a second. */
const mostFramesInDecoder = 6;

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
    const grant = { roomJoin: true, room: 'sine' };
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

  it('shows each the video of the other, in frames of several padded packets, without a decode error', async () => {
    const { livekitUrl } = network.ready;
    const grant = { roomJoin: true, room: 'picture' };
    const join = async (identity: string, turn: number) => {
      const peer = await startRtcNodePeer('video', livekitUrl, await network.token(identity, grant), turn);
      peers.push(peer);
      return peer;
    };
    const sent = () => Promise.all(['segments_sent', 'run_padding_bytes'].map((name) => countedByNodes(network, name)));
    const sentBefore = await sent();
    const both = [await join('painter', 0), await join('drawer', 1)];
    const watched = await Promise.all(both.map((peer) => peer.watched));
    for (const [index, { frames, before, after }] of watched.entries()) {
      // Each shows a picture of its own turn, and sees the other one.
      const turn = 1 - index;
      expect(Math.max(...frames.map(({ areas }) => colourError(areas, turn)))).toBeLessThan(mostColourError);
      const steps = frames.slice(1).map(({ number }, at) => number - (frames[at]?.number ?? 0));
      expect(Math.min(...steps)).toBeGreaterThanOrEqual(1);
      expect(Math.max(...steps)).toBeLessThanOrEqual(1 + mostSkippedPictures);
      expect(after.framesDecoded - before.framesDecoded).toBeGreaterThanOrEqual(frames.length - mostFramesInDecoder);
      expect(after.framesReceived - after.framesDecoded).toBeLessThanOrEqual(mostFramesInDecoder);
      const several = after.framesOfSeveralPackets - before.framesOfSeveralPackets;
      expect(several / (after.framesDecoded - before.framesDecoded)).toBeGreaterThan(0.9);
      expect(after.faults).toEqual({ ...before.faults, lost: 0, discarded: 0 });
    }
    for (const [index, count] of (await sent()).entries()) expect(count).toBeGreaterThan(sentBefore[index] ?? 0);
    expect(await network.decodeErrors()).toEqual([]);
  }, 120_000);
});

async function countedByNodes(network: TestNetwork, name: string): Promise<number> {
  const nodes = await Promise.all(network.ready.nodes.map((_: unknown, node: number) => network.nodeCounters(node)));
  return nodes.reduce((sum: number, counters: Map<string, number>) => sum + (counters.get(name) ?? 0), 0);
}
