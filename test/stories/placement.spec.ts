import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RoomServiceClient } from 'livekit-server-sdk';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { callGoesOn } from '../browser/steady-call';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

/** A room asks for eight by default; a node gives out 80 %. */
const sessionsOfANode = 10;
/** Machines that do other work at the same time start browsers slowly. */
const joinMs = 60_000;

interface Allocation {
  readonly id: string;
  readonly nodeId: string;
  readonly reasons: readonly string[];
}

describe('rooms on two media nodes with place for one each', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let carol: MeetingClient | undefined;

  beforeAll(async () => {
    network = await startTestNetwork({ environment: { CHROOM_NODE_SESSIONS: String(sessionsOfANode) } });
    alice = await MeetingClient.join(network.ready.consoleUrl, 'first', 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, 'first', 'bob');
    await alice.firstFrameOf('bob', joinMs);
    await bob.firstFrameOf('alice', joinMs);
  }, 240_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close(), carol?.close()]);
    await network?.stop();
  }, 30_000);

  const rooms = () => {
    const { livekitUrl, apiKey, apiSecret } = network.ready;
    return new RoomServiceClient(livekitUrl.replace(/^ws/, 'http'), apiKey, apiSecret);
  };
  /** The newest one. */
  const allocationOf = async (room: string) => {
    const [newest] = (await network.admin<{ items: Allocation[] }>(`/allocations?room=${room}`)).items;
    if (!newest) throw new Error(`expected an allocation of room ${room}`);
    return newest;
  };
  /** Packets that each node forwarded or took so far, by its id. */
  const packetsOf = async (nodeId: string) => {
    const index = network.ready.nodes.findIndex(({ id }: { id: string }) => id === nodeId);
    const text = await (await fetch(network.ready.nodes[index].metricsUrl)).text();
    return Number(/^chroom_engine_total\{counter="rtp_packets_received"[^}]*\} (\S+)$/m.exec(text)?.[1]);
  };

  const isConnected = ({ page }: MeetingClient) =>
    page.evaluate(() => window.chroomMeeting?.room.state === 'connected' && window.chroomMeeting.reconnects > 0);

  it('a second room goes to the other node, and its allocation says why', async () => {
    carol = await MeetingClient.join(network.ready.consoleUrl, 'second', 'carol');
    const first = await allocationOf('first');
    const second = await until('an allocation of the second room', () => allocationOf('second'));
    expect(second.nodeId).not.toBe(first.nodeId);
    expect(second.reasons).toContainEqual(
      expect.stringMatching(`^node ${first.nodeId} (left out: sessions would be at|refused: NO_CAPACITY)`),
    );
    expect(await network.admin(`/allocations/${second.id}`)).toMatchObject({
      replayedNodeId: second.nodeId,
      verified: true,
    });
    const before = await packetsOf(second.nodeId);
    await until('media of carol on the other node', async () => (await packetsOf(second.nodeId)) > before + 30);
  }, 120_000);

  it('a third one is refused for want of capacity, and the others do not notice', async () => {
    const refused = await rooms()
      .createRoom({ name: 'third' })
      .catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'resource_exhausted' });
    expect(String(refused)).toMatch(/no media node takes the room: .*sessions would be at/);
    await callGoesOn(alice, bob);
  }, 120_000);

  it('when a node is killed, its clients come back on the other one without a reload', async () => {
    await carol?.close();
    carol = undefined;
    await rooms().deleteRoom('second');
    const { nodeId } = await allocationOf('first');
    const index = network.ready.nodes.findIndex(({ id }: { id: string }) => id === nodeId);
    const startedAtMs = await Promise.all([alice.joinStartedAtMs(), bob.joinStartedAtMs()]);
    const victim = network.processes.nodes[index];
    victim?.signal('SIGKILL');
    await victim?.end;
    const moved = await until(
      'the room is on the other node',
      async () => {
        const newest = await allocationOf('first');
        return newest.nodeId !== nodeId && newest;
      },
      40_000,
    );
    expect(moved.nodeId).toBe(network.ready.nodes[1 - index].id);
    const framesSeen = async () => [
      (await alice.figures()).video.bob?.frames ?? 0,
      (await bob.figures()).video.alice?.frames ?? 0,
    ];
    await until('both are connected to it', async () =>
      (await Promise.all([alice, bob].map(isConnected))).every(Boolean),
    );
    const before = await framesSeen();
    await until(
      'new frames both ways',
      async () => (await framesSeen()).every((frames, viewer) => frames > (before[viewer] ?? 0) + 30),
      40_000,
    );
    expect(await Promise.all([alice.joinStartedAtMs(), bob.joinStartedAtMs()])).toEqual(startedAtMs);
  }, 120_000);
});
