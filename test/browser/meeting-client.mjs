// One participant: a browser with the meeting page, joined to a room.
import { launchChromium } from './chromium.mjs';

const joinTimeoutMs = 20_000;

export class MeetingClient {
  /** @param {import('playwright-core').Browser} browser @param {import('playwright-core').Page} page */
  constructor(browser, page, identity, url) {
    this.browser = browser;
    this.page = page;
    this.identity = identity;
    this.url = url;
    /** What the page wrote to its console, for a failed run. */
    this.consoleLines = [];
    page.on('console', (message) => this.keep(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => this.keep(`error: ${error.message}`));
  }

  /**
   * Starts a browser and opens the page, which joins by itself.
   * @param {Record<string, string>} [options]  of apps/console/src/meeting/call-options.ts
   * @param {{camera?: boolean}} [devices]  without a camera, the browser refuses it as when a person does
   */
  static async join(consoleUrl, room, identity, options = {}, { camera = true } = {}) {
    const browser = await launchChromium();
    const page = await (await browser.newContext({ viewport: { width: 1280, height: 720 } })).newPage();
    const query = new URLSearchParams({ room, name: identity, join: '1', ...options });
    if (!camera) await page.addInitScript(refuseCamera);
    const client = new MeetingClient(browser, page, identity, `${consoleUrl}/?${query}`);
    await page.goto(client.url);
    return client;
  }

  /**
   * ms from the start of joining to the first presented frame of `peer`; rejects when none comes.
   * @returns {Promise<{sinceJoinMs: number, wallMs: number}>}
   */
  async firstFrameOf(peer, timeoutMs = joinTimeoutMs) {
    const handle = await this.page.waitForFunction(
      (identity) => {
        const meeting = window.chroomMeeting;
        const at = meeting?.meters.get(identity)?.figures().firstFrameAtMs;
        return at === undefined
          ? undefined
          : { sinceJoinMs: at - meeting.startedAtMs, wallMs: performance.timeOrigin + at };
      },
      peer,
      { timeout: timeoutMs },
    );
    return handle.jsonValue();
  }

  /**
   * Wall-clock time (ms) of the first presented frame of `peer` in a meter that began after `sinceWallMs`.
   * @returns {Promise<number>}
   */
  async firstFrameAfter(peer, sinceWallMs, timeoutMs = joinTimeoutMs) {
    const handle = await this.page.waitForFunction(
      ([identity, since]) => {
        const at = window.chroomMeeting?.meters.get(identity)?.figures().firstFrameAtMs;
        const wallMs = at === undefined ? 0 : performance.timeOrigin + at;
        return wallMs > since ? wallMs : undefined;
      },
      [peer, sinceWallMs],
      { timeout: timeoutMs },
    );
    return handle.jsonValue();
  }

  /** Wall-clock time (ms) at which this page began to join. */
  joinStartedAtMs() {
    return this.page.evaluate(() => performance.timeOrigin + window.chroomMeeting.startedAtMs);
  }

  resetMeters() {
    return this.page.evaluate(() => {
      for (const meter of window.chroomMeeting.meters.values()) meter.reset();
    });
  }

  /** @returns {Promise<import('../../apps/console/src/measure/call-figures').CallFigures>} */
  figures() {
    return this.page.evaluate(() => window.chroomMeeting.figures());
  }

  /** Gives the video of `peer` this size (CSS pixels), above everything else, so that it asks for the layer that fits. */
  async showAt(peer, { width, height }) {
    await this.page.locator(`[data-identity="${peer}"] video`).evaluate(
      (video, size) => {
        Object.assign(video.style, { position: 'fixed', inset: '0 auto auto 0', zIndex: '9' });
        video.style.width = `${size.width}px`;
        video.style.height = `${size.height}px`;
      },
      { width, height },
    );
  }

  async say(text) {
    await this.page.getByPlaceholder('Message').fill(text);
    await this.page.getByRole('button', { name: 'Send' }).click();
  }

  async hears(from, text, timeoutMs = joinTimeoutMs) {
    await this.page.waitForFunction(
      ([sender, words]) => window.chroomMeeting?.chat.some((line) => line.from === sender && line.text === words),
      [from, text],
      { timeout: timeoutMs },
    );
  }

  reload() {
    return this.page.reload();
  }

  screenshot(file) {
    return this.page.screenshot({ path: file });
  }

  async close() {
    await this.browser.close();
  }

  keep(line) {
    this.consoleLines.push(line);
    if (this.consoleLines.length > 200) this.consoleLines.shift();
  }
}

/** Runs in the page. */
function refuseCamera() {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (wanted?.video) throw new DOMException('Permission denied', 'NotAllowedError');
    return ask(wanted);
  };
}
