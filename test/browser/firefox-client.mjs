// One participant in Firefox ESR: the meeting page, driven by WebDriver BiDi (Playwright needs a Firefox of its own).
import puppeteer from 'puppeteer-core';

const joinTimeoutMs = 30_000;
const preferences = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'app.update.enabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
};

export class FirefoxClient {
  /** @param {import('puppeteer-core').Browser} browser @param {import('puppeteer-core').Page} page */
  constructor(browser, page, identity) {
    this.browser = browser;
    this.page = page;
    this.identity = identity;
  }

  /** Starts a browser and opens the page, which joins by itself. */
  static async join(executablePath, consoleUrl, room, identity) {
    const browser = await puppeteer.launch({
      browser: 'firefox',
      executablePath,
      headless: true,
      extraPrefsFirefox: preferences,
      defaultViewport: { width: 1280, height: 720 },
    });
    try {
      const page = await browser.newPage();
      const query = new URLSearchParams({ room, name: identity, join: '1' });
      await page.goto(`${consoleUrl}/?${query}`);
      return new FirefoxClient(browser, page, identity);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Waits until this page has presented so many frames of `peer`. */
  async sees(peer, frames, timeoutMs = joinTimeoutMs) {
    await this.page.waitForFunction(
      (identity, count) => (window.chroomMeeting?.meters.get(identity)?.figures().frames ?? 0) >= count,
      { timeout: timeoutMs, polling: 100 },
      peer,
      frames,
    );
  }

  /** @returns {Promise<import('../../apps/console/src/measure/call-figures').CallFigures>} */
  figures() {
    return this.page.evaluate(() => window.chroomMeeting.figures());
  }

  async say(text) {
    await this.page.evaluate((words) => window.chroomMeeting.say(words), text);
  }

  async hears(from, text, timeoutMs = joinTimeoutMs) {
    await this.page.waitForFunction(
      (sender, words) => window.chroomMeeting?.chat.some((line) => line.from === sender && line.text === words),
      { timeout: timeoutMs, polling: 100 },
      from,
      text,
    );
  }

  async close() {
    await this.browser.close();
  }
}
