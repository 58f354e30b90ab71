import { expect } from '@jest/globals';
import { until } from '../until';
import type { MeetingClient } from './meeting-client.mjs';

const frames = 60;

/** Media flows both ways, no packet is lost, nobody reconnects, and a mute reaches the other side. */
export async function callGoesOn(alice: MeetingClient, bob: MeetingClient): Promise<void> {
  const before = [await alice.figures(), await bob.figures()];
  await until(`${frames} more frames both ways`, async () => {
    const [atAlice, atBob] = [await alice.figures(), await bob.figures()];
    return (
      (atAlice.video.bob?.frames ?? 0) >= (before[0]?.video.bob?.frames ?? 0) + frames &&
      (atBob.video.alice?.frames ?? 0) >= (before[1]?.video.alice?.frames ?? 0) + frames
    );
  });
  for (const client of [alice, bob]) {
    expect((await client.figures()).packetsLost).toBe(0);
    expect(await client.page.evaluate(() => window.chroomMeeting?.reconnects)).toBe(0);
  }
  for (const enabled of [false, true]) {
    await alice.page.evaluate((on) => window.chroomMeeting?.room.localParticipant.setMicrophoneEnabled(on), enabled);
    await until(`bob knows that alice's microphone is ${enabled ? 'on' : 'off'}`, () =>
      bob.page.evaluate(
        (on) => window.chroomMeeting?.room.remoteParticipants.get('alice')?.isMicrophoneEnabled === on,
        enabled,
      ),
    );
  }
}
