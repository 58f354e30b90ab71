import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FirefoxClient } from '../browser/firefox-client.mjs';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { describeWith, machineAddress, programPath } from '../needs';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

const room = 'two-browsers';
const frames = 30;

const executable = programPath('firefox-esr');
/** Firefox gathers no candidates on loopback, so the node is at this address too; packets stay on the machine. */
const address = machineAddress();

describeWith(
  { 'firefox-esr': executable, 'an IPv4 address besides loopback': address },
  'Firefox in a call with Chromium',
  () => {
    let network: TestNetwork;
    let firefox: FirefoxClient;
    let chromium: MeetingClient;
    beforeAll(async () => {
      const addresses = `127.0.0.1,${address}`;
      network = await startTestNetwork({
        environment: { CHROOM_NODE_BIND_ADDRESSES: addresses, CHROOM_NODE_ADVERTISED_ADDRESSES: addresses },
      });
      chromium = await MeetingClient.join(network.ready.consoleUrl, room, 'chromium');
      firefox = await FirefoxClient.join(executable ?? '', network.ready.consoleUrl, room, 'firefox');
    }, 90_000);
    afterAll(async () => {
      await Promise.all([firefox?.close(), chromium?.close()]);
      await network?.stop();
    }, 30_000);

    it('receives and shows the video of Chromium', async () => {
      await firefox.sees('chromium', frames);
      expect((await firefox.figures()).video.chromium).toMatchObject({ width: expect.any(Number) });
    }, 60_000);

    it('publishes video that Chromium shows', async () => {
      await until(
        `${frames} frames of Firefox`,
        async () => ((await chromium.figures()).video.firefox?.frames ?? 0) >= frames,
        30_000,
      );
    }, 60_000);

    it('is heard and hears', async () => {
      await until('audio energy both ways', async () => {
        const [atFirefox, atChromium] = await Promise.all([firefox.figures(), chromium.figures()]);
        return (atFirefox.audioEnergy.chromium ?? 0) > 0 && (atChromium.audioEnergy.firefox ?? 0) > 0;
      });
    }, 30_000);

    it('chats both ways', async () => {
      await firefox.say('hello from Gecko');
      await chromium.hears('firefox', 'hello from Gecko');
      await chromium.say('hello from Blink');
      await firefox.hears('chromium', 'hello from Blink');
    }, 60_000);
  },
);
