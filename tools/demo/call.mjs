// The call of the demo: two browsers, video and audio and data both ways, one reload. Returns figures; judges nothing.
import { MeetingClient } from '../../test/browser/meeting-client.mjs';

/**
 * @param {{consoleUrl: string}} network
 * @param {{room: string, seconds: number, screenshot?: string, onStep: (text: string) => void}} options
 */
export async function holdCall(network, { room, seconds, screenshot, onStep }) {
  const clients = [];
  try {
    onStep('alice joins');
    const alice = await MeetingClient.join(network.consoleUrl, room, 'alice');
    clients.push(alice);
    await alice.page.waitForFunction(
      () => window.chroomMeeting?.room.localParticipant.videoTrackPublications.size === 1,
    );
    onStep('bob joins');
    const bob = await MeetingClient.join(network.consoleUrl, room, 'bob');
    clients.push(bob);
    const joinMs = await bothSee(alice, bob);

    onStep('data both ways');
    await alice.say('hello bob');
    await bob.hears('alice', 'hello bob');
    await bob.say('hello alice');
    await alice.hears('bob', 'hello alice');

    onStep(`measuring for ${seconds} s`);
    const before = [await alice.figures(), await bob.figures()];
    await Promise.all([alice.resetMeters(), bob.resetMeters()]);
    await alice.page.waitForTimeout(seconds * 1000);
    const after = [await alice.figures(), await bob.figures()];
    if (screenshot) await alice.screenshot(screenshot);

    onStep('bob reloads');
    await bob.reload();
    const reloadMs = await bothSee(alice, bob);
    await Promise.all(clients.splice(0).map((client) => client.close()));
    return {
      hungUpAtMs: Date.now(),
      joinMs: Math.max(...joinMs),
      reloadMs: Math.max(...reloadMs),
      joinMsEach: joinMs,
      reloadMsEach: reloadMs,
      ...summary(before, after),
    };
  } catch (error) {
    const lines = clients.map(
      (client) =>
        `${client.identity}: ${client.consoleLines
          .filter((line) => !line.includes('signal connecting'))
          .slice(-20)
          .join('\n  ')}`,
    );
    throw new Error(`${error.message}\n${lines.join('\n')}`, { cause: error });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

/** ms from the moment the newcomer began to join until each side presents the other's video. */
async function bothSee(host, newcomer) {
  const seenByNewcomer = await newcomer.firstFrameOf(host.identity);
  const startedAtMs = await newcomer.joinStartedAtMs();
  const seenByHostMs = (await host.firstFrameAfter(newcomer.identity, startedAtMs)) - startedAtMs;
  return [round(seenByHostMs), round(seenByNewcomer.sinceJoinMs)];
}

function summary(before, after) {
  const peers = ['bob', 'alice'];
  const video = after.map((figures, index) => figures.video[peers[index]]);
  const received = after.reduce(
    (sum, figures, index) => sum + figures.packetsReceived - before[index].packetsReceived,
    0,
  );
  const lost = after.reduce((sum, figures, index) => sum + figures.packetsLost - before[index].packetsLost, 0);
  const energy = after.map(
    (figures, index) => (figures.audioEnergy[peers[index]] ?? 0) - (before[index].audioEnergy[peers[index]] ?? 0),
  );
  return {
    fps: after.map((figures, index) => decodedPerSecond(before[index], figures, peers[index])),
    presentedFps: video.map((figures) => round(figures?.fps ?? 0)),
    freezes: video.reduce((sum, figures) => sum + (figures?.freezes ?? 0), 0),
    longestGapMs: video.map((figures) => round(figures?.longestGapMs ?? 0)),
    resolution: video.map((figures) => `${figures?.width}x${figures?.height}`),
    rttMs: round(Math.max(...after.map((figures) => figures.rttMs ?? 0))),
    lossPct: round(received + lost > 0 ? (100 * lost) / (received + lost) : 0),
    packetsReceived: received,
    audible: energy.map((joules) => joules > 0),
  };
}

function decodedPerSecond(before, after, peer) {
  const [first, last] = [before.decoded[peer], after.decoded[peer]];
  if (!first || !last || last.atMs <= first.atMs) return 0;
  return round(((last.frames - first.frames) * 1000) / (last.atMs - first.atMs));
}

function round(value) {
  return Math.round(value * 100) / 100;
}
