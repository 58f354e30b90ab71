import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { presentedFrames, watchPresentedFrames } from '../browser/presented-frames';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

const room = 'orphaned';
/** About 8 s of video without an orchestrator; clients may be without one for 30 s. */
const framesWithoutOrchestrator = 200;
const longestGapMs = 3000;

describe('kill -9 of the orchestrator during a call', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let startedAtMs: number[];
  /** Each viewer and whom it watches. */
  const views = () => [
    { client: alice, peer: 'bob' },
    { client: bob, peer: 'alice' },
  ];

  beforeAll(async () => {
    network = await startTestNetwork();
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
    for (const { client, peer } of views()) await client.firstFrameOf(peer);
    startedAtMs = await Promise.all([alice.joinStartedAtMs(), bob.joinStartedAtMs()]);
    for (const { client } of views()) await watchPresentedFrames(client.page);
  }, 90_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await network?.stop();
  }, 30_000);

  it('leaves the media alone: every packet arrives while it is away', async () => {
    const before = await Promise.all(views().map(({ client }) => client.figures()));
    const { orchestrator } = network.processes;
    orchestrator.signal('SIGKILL');
    expect(await orchestrator.end).toMatchObject({ signal: 'SIGKILL' });
    const atKill = await Promise.all(views().map(({ client, peer }) => presentedFrames(client.page, peer)));
    await until(
      `${framesWithoutOrchestrator} more frames both ways`,
      async () => {
        const now = await Promise.all(views().map(({ client, peer }) => presentedFrames(client.page, peer)));
        return now.every(({ count }, index) => count - (atKill[index]?.count ?? 0) >= framesWithoutOrchestrator);
      },
      25_000,
    );
    const after = await Promise.all(views().map(({ client }) => client.figures()));
    for (const [index, figures] of after.entries()) {
      expect(figures.packetsLost).toBe(before[index]?.packetsLost);
      expect(figures.packetsReceived).toBeGreaterThan(
        (before[index]?.packetsReceived ?? 0) + framesWithoutOrchestrator,
      );
    }
  }, 45_000);

  it('and brings both clients back after its restart, without a reload and with a gap of at most 3 s', async () => {
    const sidOf = (client: MeetingClient) =>
      client.page.evaluate(() => window.chroomMeeting?.room.localParticipant.sid);
    const sids = await Promise.all(views().map(({ client }) => sidOf(client)));
    await network.restartOrchestrator();
    await until(
      'both clients are in the room again and see each other',
      async () => {
        const states = await Promise.all(
          views().map(({ client, peer }) =>
            client.page.evaluate(
              (identity) => ({
                sid: window.chroomMeeting?.room.localParticipant.sid,
                connected: window.chroomMeeting?.room.state === 'connected',
                frames: window.chroomMeeting?.meters.get(identity)?.figures().frames ?? 0,
              }),
              peer,
            ),
          ),
        );
        return states.every(({ sid, connected, frames }, index) => connected && sid !== sids[index] && frames > 30);
      },
      40_000,
    );
    const seen = await Promise.all(
      views().map(async ({ client, peer }) => ({
        viewer: client.identity,
        ...(await presentedFrames(client.page, peer)),
      })),
    );
    expect(seen.filter((frames) => frames.longestGapMs > longestGapMs)).toEqual([]);
    expect(await Promise.all([alice.joinStartedAtMs(), bob.joinStartedAtMs()])).toEqual(startedAtMs);
    // livekit-client drops what is said in the 2 s in which it has rejoined but does not believe so yet.
    await until('alice is heard', async () => {
      await alice.say('still here');
      return bob.hears('alice', 'still here', 1000).then(
        () => true,
        () => false,
      );
    });
  }, 60_000);
});
