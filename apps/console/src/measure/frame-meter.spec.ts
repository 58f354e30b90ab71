import { describe, expect, it } from '@jest/globals';
import { FrameMeter } from './frame-meter';

/** A video element that presents frames when the test says so, on the test's clock. */
function playedVideo() {
  let nowMs = 1000;
  /** Close to where RTP timestamps wrap. */
  let captureMs = Math.floor(2 ** 32 / 90) - 500;
  let onFrame: VideoFrameRequestCallback | undefined;
  const video = {
    videoWidth: 640,
    videoHeight: 360,
    requestVideoFrameCallback: (callback: VideoFrameRequestCallback) => {
      onFrame = callback;
      return 1;
    },
  };
  const meter = new FrameMeter(video, () => nowMs);
  return {
    meter,
    wait: (ms: number) => {
      nowMs += ms;
    },
    /** `count` frames captured `captureGapMs` apart and presented `gapMs` apart. */
    present(count: number, gapMs: number, captureGapMs = gapMs) {
      for (let frame = 0; frame < count; frame++) {
        nowMs += gapMs;
        captureMs += captureGapMs;
        const metadata = { presentationTime: nowMs, rtpTimestamp: (captureMs * 90) % 2 ** 32 };
        onFrame?.(nowMs, metadata as VideoFrameCallbackMetadata);
      }
    },
  };
}
describe('the frame meter', () => {
  it('counts frames and their rate, and no freeze in a steady video', () => {
    const { meter, present } = playedVideo();
    present(31, 40);
    expect(meter.figures()).toMatchObject({ frames: 31, fps: 25, freezes: 0, longestGapMs: 40, firstFrameAtMs: 1040 });
  });

  it('counts a gap that the capture times do not explain', () => {
    const { meter, present } = playedVideo();
    present(10, 40);
    present(1, 191, 40);
    expect(meter.figures()).toMatchObject({ freezes: 1, longestGapMs: 191 });
    present(1, 190, 40);
    expect(meter.figures()).toMatchObject({ freezes: 1 });
  });

  it('counts no freeze where the publisher captured slowly', () => {
    const { meter, present, wait } = playedVideo();
    present(5, 1000);
    wait(1150);
    expect(meter.figures()).toMatchObject({ freezes: 0, longestGapMs: 1150 });
  });

  it('counts a video that stands still when it is read, and once when it goes on', () => {
    const { meter, present, wait } = playedVideo();
    present(10, 40);
    wait(190);
    expect(meter.figures()).toMatchObject({ freezes: 0, longestGapMs: 190 });
    wait(4810);
    expect(meter.figures()).toMatchObject({ freezes: 1, longestGapMs: 5000 });
    expect(meter.figures()).toMatchObject({ freezes: 1 });
    present(1, 40);
    expect(meter.figures()).toMatchObject({ freezes: 1, longestGapMs: 5040 });
  });

  it('counts a video that stands still since the period began, without the time before', () => {
    const { meter, present, wait } = playedVideo();
    present(10, 40);
    wait(4000);
    meter.reset();
    wait(100);
    expect(meter.figures()).toMatchObject({ frames: 0, fps: 0, freezes: 0, longestGapMs: 100 });
    wait(100);
    expect(meter.figures()).toMatchObject({ frames: 0, fps: 0, freezes: 1, longestGapMs: 200 });
  });

  it('waits for the first frame without counting', () => {
    const { meter, wait } = playedVideo();
    wait(5000);
    expect(meter.figures()).toMatchObject({ frames: 0, freezes: 0, longestGapMs: 0, firstFrameAtMs: undefined });
  });
});
