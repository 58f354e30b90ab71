import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

/** The bar is 3 s and `npm run demo` judges it; here two busy cores may take longer. */
const joinWithinMs = 10_000;
const room = 'call';

describe('two browsers in a call', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let carol: MeetingClient | undefined;

  beforeAll(async () => {
    network = await startTestNetwork();
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
  }, 90_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close(), carol?.close()]);
    await network?.stop();
  }, 30_000);

  const sizeAt = async (viewer: MeetingClient, identity: string) => (await viewer.figures()).video[identity]?.width;

  it('see each other soon after joining', async () => {
    const [seenByBob] = await Promise.all([bob.firstFrameOf('alice'), alice.firstFrameOf('bob')]);
    expect(seenByBob.sinceJoinMs).toBeLessThan(joinWithinMs);
    await until('30 frames both ways', async () => {
      const [atAlice, atBob] = await Promise.all([alice.figures(), bob.figures()]);
      return (atAlice.video.bob?.frames ?? 0) >= 30 && (atBob.video.alice?.frames ?? 0) >= 30;
    });
  }, 60_000);

  it('hear each other', async () => {
    await until('audio energy both ways', async () => {
      const [atAlice, atBob] = await Promise.all([alice.figures(), bob.figures()]);
      return (atAlice.audioEnergy.bob ?? 0) > 0 && (atBob.audioEnergy.alice ?? 0) > 0;
    });
  }, 30_000);

  it('chat both ways', async () => {
    await alice.say('hello bob');
    await bob.hears('alice', 'hello bob');
    await bob.say('hello alice');
    await alice.hears('bob', 'hello alice');
  }, 30_000);

  it('get the layer that fits the element, down and up again', async () => {
    await alice.showAt('bob', { width: 1280, height: 720 });
    await until('the high layer', async () => (await sizeAt(alice, 'bob')) === 1280, 20_000);
    await alice.showAt('bob', { width: 160, height: 90 });
    await until('the low layer', async () => (await sizeAt(alice, 'bob')) === 320, 20_000);
    await alice.showAt('bob', { width: 1280, height: 720 });
    await until('the high layer again', async () => (await sizeAt(alice, 'bob')) === 1280, 20_000);
  }, 70_000);

  it('lose nothing and break nothing on the way', async () => {
    for (const client of [alice, bob]) expect((await client.figures()).packetsLost).toBe(0);
    expect(await network.decodeErrors()).toEqual([]);
  });

  it('get a report of the node that agrees with what came from the publishers, layer by layer', async () => {
    type Receipt = { grantHash: string; activeSec: number };
    await until(
      'a receipt of each',
      async () => {
        const { items } = await network.admin<{ items: Receipt[] }>('/payments/receipts?limit=100');
        return new Set(items.filter(({ activeSec }) => activeSec > 0).map(({ grantHash }) => grantHash)).size >= 2;
      },
      45_000,
    );
    const refused = await network.admin<{ items: { code: string }[] }>('/payments/refused-reports');
    // Jitter and bitrate are the machine's; packets are the same on both sides or not.
    const codes = refused.items.map(({ code }) => code);
    expect(codes).not.toContain('LOSS_BELOW_PUBLISHER_SIDE');
    expect(codes).not.toContain('FORWARDED_MORE_THAN_RECEIVED');
  }, 60_000);

  it('can be told why the room is where it is, and the decision replays', async () => {
    const { items } = await network.admin<{ items: { id: string; nodeId: string; reasons: string[] }[] }>(
      `/allocations?room=${room}`,
    );
    expect(items).toHaveLength(1);
    expect(items[0]?.reasons.length).toBeGreaterThan(0);
    const detail = await network.admin<{ replayedNodeId: string; verified: boolean }>(`/allocations/${items[0]?.id}`);
    expect(detail).toMatchObject({ replayedNodeId: items[0]?.nodeId, verified: true });
  });

  it('come back after a reload', async () => {
    await bob.reload();
    const seenByBob = await bob.firstFrameOf('alice');
    expect(seenByBob.sinceJoinMs).toBeLessThan(joinWithinMs);
    const joinedAtMs = await bob.joinStartedAtMs();
    await alice.firstFrameAfter('bob', joinedAtMs);
    const sessions = await network.admin<{ items: { identity: string; leftAt: string | null }[] }>(
      `/sessions?room=${room}`,
    );
    expect(
      sessions.items
        .filter(({ leftAt }) => leftAt === null)
        .map(({ identity }) => identity)
        .sort(),
    ).toEqual(['alice', 'bob']);
  }, 60_000);

  it('are joined by one whose camera is refused: who sees, speaks, and is told why nobody sees them', async () => {
    carol = await MeetingClient.join(network.ready.consoleUrl, room, 'carol', {}, { camera: false });
    await carol.firstFrameOf('alice');
    await until('the voice of carol', async () => ((await alice.figures()).audioEnergy.carol ?? 0) > 0);
    const problem = carol.page.locator('.problem');
    expect(await problem.textContent()).toBe('The camera cannot be used: Permission denied.');
    await carol.page.getByRole('button', { name: 'Leave' }).click();
    await until('two in the room', async () => {
      const { items } = await network.admin<{ items: { leftAt: string | null }[] }>(`/sessions?room=${room}`);
      return items.filter(({ leftAt }) => leftAt === null).length === 2;
    });
  }, 60_000);
});
