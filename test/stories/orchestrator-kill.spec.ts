import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { launchChromium } from '../browser/chromium.mjs';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { presentedFrames, watchPresentedFrames } from '../browser/presented-frames';
import { grantsOf, recordedReceipts, settledOfNodes, settledReceipts } from '../network/paid-call';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

const room = 'orphaned';
/** About 8 s of video without an orchestrator; clients may be without one for 30 s. */
const framesWithoutOrchestrator = 200;
const longestGapMs = 3000;
/** Of the browsers' cameras, at most. */
const framesPerSecond = 30;
/** Whole seconds are paid, of each epoch and session; joining takes some before the first of them. */
const roundingSec = 4;
/** Machines that do other work at the same time start browsers slowly. */
const joinMs = 60_000;
const recordEverySec = 10;
/** The rest of the epoch, two transactions and the challenge window between them. */
const settledWithinMs = 120_000;
const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);

describe('kill -9 of the orchestrator during a call', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  let startedAtMs: number[];
  let killedAtMs: number;
  /** Each viewer and whom it watches. */
  const views = () => [
    { client: alice, peer: 'bob' },
    { client: bob, peer: 'alice' },
  ];

  beforeAll(async () => {
    network = await startTestNetwork();
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
    for (const { client, peer } of views()) await client.firstFrameOf(peer, joinMs);
    startedAtMs = await Promise.all([alice.joinStartedAtMs(), bob.joinStartedAtMs()]);
    for (const { client } of views()) await watchPresentedFrames(client.page);
    // The record is written every 10 s: what was there before the kill and not written is not known after it.
    await until(
      'the record of both has their media',
      async () => (await recordedReceipts(network)).filter(({ activeSec }) => activeSec >= recordEverySec).length === 2,
      30_000,
    );
  }, 240_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await network?.stop();
  }, 30_000);

  it('leaves the media alone: every packet arrives while it is away', async () => {
    const before = await Promise.all(views().map(({ client }) => client.figures()));
    const { orchestrator } = network.processes;
    killedAtMs = Date.now();
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

  it('and all of it is paid once, the time without an orchestrator included: the settled sum is what the record says', async () => {
    await Promise.all([alice.close(), bob.close()]);
    const lastedSec = startedAtMs.reduce((sum, startedAt) => sum + (Date.now() - startedAt) / 1000, 0);
    const { grants, recorded, settled } = await until(
      'every receipt of the record is in a settled batch',
      async () => {
        const grants = await grantsOf(network);
        const [recorded, settled] = [await recordedReceipts(network), await settledReceipts(network)];
        const isOver = grants.length >= 4 && grants.every((grant) => grant.isOver);
        return isOver && settled.receipts.length >= recorded.length && { grants, recorded, settled };
      },
      settledWithinMs,
    );
    // The time without an orchestrator may have come after its epoch was sealed: then its earlier receipts are settled.
    const late = new Map(recorded.filter(({ isLate }) => isLate).map((receipt) => [receipt.name, receipt]));
    const inTime = recorded.filter(({ isLate }) => !isLate).map(({ isLate, ...receipt }) => receipt);
    const isOfLate = ({ name, seq }: { name: string; seq: number }) => seq < (late.get(name)?.seq ?? 0);
    expect(settled.receipts.filter((receipt) => !isOfLate(receipt)).sort(byName)).toEqual(inTime.sort(byName));
    expect(settled.receipts.filter(isOfLate)).toHaveLength(late.size);
    const sum = settled.receipts.reduce((total, { value }) => total + value, 0n);
    expect(sum).toBeGreaterThan(0n);
    expect([settled.valueOfBatches, await settledOfNodes(network)]).toEqual([sum, sum]);
    const secondsOf = (wanted: readonly { hash: string }[]) =>
      wanted.map(({ hash }) =>
        recorded.reduce((total, { grant, activeSec }) => total + (grant === hash ? activeSec : 0), 0),
      );
    const former = secondsOf(grants.filter(({ issuedAtMs }) => issuedAtMs < killedAtMs));
    const latter = secondsOf(grants.filter(({ issuedAtMs }) => issuedAtMs >= killedAtMs));
    // Resumed: sessions of the killed orchestrator are paid past the kill, up to their end on the node.
    const lastJoinedAtMs = Math.max(...startedAtMs);
    const leastFormerSec = (killedAtMs - lastJoinedAtMs) / 1000 + framesWithoutOrchestrator / framesPerSecond;
    expect({ former, least: former.filter((sec) => sec > leastFormerSec - roundingSec) }).toEqual({
      former,
      least: former,
    });
    expect(latter.map((sec) => sec > 0)).toEqual([true, true]);
    // And none of it twice: a session is not paid beside its successor.
    const paidSec = [...former, ...latter].reduce((sum, sec) => sum + sec, 0);
    expect(paidSec).toBeLessThan(lastedSec + roundingSec);
  }, 150_000);

  it('and the statement shows the batches of this call', async () => {
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(`${network.ready.consoleUrl}/statement/batches`);
      await page.getByText('settled').first().waitFor();
      await page.locator('a[href^="/statement/batches/"]').first().click();
      await page.getByText('Leaves').first().waitFor();
      await page.locator('a[href^="/statement/sessions/"]').first().click();
      await page.getByText('Session').first().waitFor();
      await page.goBack();
      await page.locator('a.transaction', { hasText: 'settle' }).click();
      await page.locator('tr.marked', { hasText: 'settle' }).waitFor();
    } finally {
      await browser.close();
    }
  }, 120_000);
});
