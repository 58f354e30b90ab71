/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/**
 * From now on, how long `page` went without a new frame of each participant. Unlike the page's own meters it goes on
 * when a video element is replaced, as it is when the client rejoins.
 */
export async function watchPresentedFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frames = new Map<string, { count: number; lastAtMs: number; longestGapMs: number }>();
    window.presentedFrames = frames;
    const note = (identity: string, atMs: number) => {
      const known = frames.get(identity);
      if (!known) {
        frames.set(identity, { count: 1, lastAtMs: atMs, longestGapMs: 0 });
        return;
      }
      known.count++;
      known.longestGapMs = Math.max(known.longestGapMs, atMs - known.lastAtMs);
      known.lastAtMs = atMs;
    };
    const request = HTMLVideoElement.prototype.requestVideoFrameCallback;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (this: HTMLVideoElement, callback) {
      return request.call(this, (now, metadata) => {
        const identity = this.closest<HTMLElement>('[data-identity]')?.dataset.identity;
        if (identity) note(identity, metadata.presentationTime);
        callback(now, metadata);
      });
    };
  });
}

/** Frames of `identity` since the watch began, and the longest time without one, ms; the time until now counts. */
export function presentedFrames(page: Page, identity: string): Promise<{ count: number; longestGapMs: number }> {
  return page.evaluate((name) => {
    const known = window.presentedFrames?.get(name);
    if (!known) return { count: 0, longestGapMs: Number.POSITIVE_INFINITY };
    return { count: known.count, longestGapMs: Math.max(known.longestGapMs, performance.now() - known.lastAtMs) };
  }, identity);
}
