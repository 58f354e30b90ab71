/// <reference lib="dom" />
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';
import { MeetingClient } from './meeting-client.mjs';

interface Wish {
  readonly codec: string;
  readonly transports: '1' | '2';
}

/** Two browsers per call: every codec is published once, and each transport mode meets the other one and itself. */
const calls: readonly (readonly [Wish, Wish])[] = [
  [
    { codec: 'h264', transports: '1' },
    { codec: 'vp9', transports: '2' },
  ],
  [
    { codec: 'av1', transports: '2' },
    { codec: 'vp8', transports: '2' },
  ],
];
const shownFrames = 30;

describe('livekit-client, unmodified', () => {
  let network: TestNetwork;
  let clients: MeetingClient[] = [];
  beforeAll(async () => {
    network = await startTestNetwork({ nodes: 1 });
  }, 90_000);
  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    clients = [];
  }, 30_000);
  afterAll(() => network?.stop(), 30_000);

  it.each(calls)(
    'calls with %o and %o: pictures, sound and chat both ways',
    async (...wishes) => {
      const room = `codecs-${wishes[0].codec}`;
      for (const [index, wish] of wishes.entries()) {
        clients.push(await MeetingClient.join(network.ready.consoleUrl, room, `p${index}`, { ...wish }));
      }
      const [one, two] = clients as [MeetingClient, MeetingClient];
      await until(
        `${shownFrames} frames and sound both ways`,
        async () => {
          const [seenByOne, seenByTwo] = [await one.figures(), await two.figures()];
          const frames = [seenByOne.video.p1?.frames ?? 0, seenByTwo.video.p0?.frames ?? 0];
          const sound = [seenByOne.audioEnergy.p1 ?? 0, seenByTwo.audioEnergy.p0 ?? 0];
          return Math.min(...frames) >= shownFrames && Math.min(...sound) > 0;
        },
        40_000,
      );
      await one.say('hello');
      await two.hears('p0', 'hello');
      await two.say('hello back');
      await one.hears('p1', 'hello back');
      const sessions = await network.admin<{ items: unknown[] }>(`/sessions?room=${room}`);
      expect(sessions.items).toHaveLength(2);
      for (const [index, client] of clients.entries()) {
        const codec = await client.page.evaluate(() => {
          const { room: joined } = window.chroomMeeting as unknown as { room: JoinedRoom };
          const camera = [...joined.localParticipant.videoTrackPublications.values()][0];
          return { mimeType: camera?.mimeType, transports: joined.options.singlePeerConnection ? '1' : '2' };
        });
        expect(codec).toEqual({ mimeType: `video/${wishes[index]!.codec}`, transports: wishes[index]!.transports });
      }
    },
    90_000,
  );
});

interface JoinedRoom {
  readonly options: { readonly singlePeerConnection: boolean };
  readonly localParticipant: { readonly videoTrackPublications: Map<string, { readonly mimeType?: string }> };
}
