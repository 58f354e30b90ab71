/// <reference lib="dom" />
import type { Page } from 'playwright-core';

/**
 * From now on, how long `page` went without a new frame of each participant. Unlike the page's own meters it goes on
 * when a video element is replaced, as it is when the client rejoins.
 */
export async function watchPresentedFrames(page: Page): Promise<void> {
  await page.evaluate(() => {
    const frames = new Map<string, { count: number; lastAtMs: number; longestGapMs: number; longestGapEnd: string }>();
    window.presentedFrames = frames;
    const note = (identity: string, atMs: number) => {
      const known = frames.get(identity);
      if (!known) {
        frames.set(identity, { count: 1, lastAtMs: atMs, longestGapMs: 0, longestGapEnd: '' });
        return;
      }
      known.count++;
      if (atMs - known.lastAtMs > known.longestGapMs) {
        known.longestGapMs = atMs - known.lastAtMs;
        known.longestGapEnd = new Date(performance.timeOrigin + atMs).toISOString();
      }
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

export interface PresentedFrames {
  readonly count: number;
  /** Longest time without a frame, ms; the time until now counts. */
  readonly longestGapMs: number;
  /** ISO 8601, to be compared with the logs. */
  readonly longestGapEnd: string;
}

/** Frames of `identity` since the watch began. */
export function presentedFrames(page: Page, identity: string): Promise<PresentedFrames> {
  return page.evaluate((name) => {
    const known = window.presentedFrames?.get(name);
    if (!known) return { count: 0, longestGapMs: Number.POSITIVE_INFINITY, longestGapEnd: '' };
    const untilNowMs = performance.now() - known.lastAtMs;
    if (untilNowMs <= known.longestGapMs) return { ...known };
    return { count: known.count, longestGapMs: untilNowMs, longestGapEnd: 'not ended' };
  }, identity);
}
