/** A presented gap that exceeds the gap of the frames' capture times by this much is a freeze. */
const freezeExcessMs = 150;
const videoClockRateHz = 90_000;
const rtpTimestampModulus = 2 ** 32;

export interface FrameFigures {
  /** Frames presented since the meter began. */
  readonly frames: number;
  /** Presented frames per second over the meter's life. */
  readonly fps: number;
  readonly freezes: number;
  /** Longest gap between two presented frames, ms. */
  readonly longestGapMs: number;
  readonly width: number;
  readonly height: number;
  /** performance.now() of the first presented frame; undefined before it. */
  readonly firstFrameAtMs: number | undefined;
}

/**
 * Watches the frames that one video element really presents (requestVideoFrameCallback). The gap of capture times comes
 * from the RTP timestamps, so a publisher that slows down is not counted as a freeze.
 */
export class FrameMeter {
  private frames = 0;
  private freezes = 0;
  private longestGapMs = 0;
  private firstAtMs: number | undefined;
  private lastAtMs = 0;
  private lastRtpTimestamp: number | undefined;
  private stopped = false;

  constructor(private readonly video: HTMLVideoElement) {
    this.watch();
  }

  stop(): void {
    this.stopped = true;
  }

  /** Another track feeds the element: its RTP timestamps have another origin. The gap between the two counts in full. */
  sourceChanged(): void {
    this.lastRtpTimestamp = undefined;
  }

  /** Begins a new measuring period; frame and freeze counts start at zero. */
  reset(): void {
    this.frames = 0;
    this.freezes = 0;
    this.longestGapMs = 0;
    this.firstAtMs = undefined;
    this.lastRtpTimestamp = undefined;
  }

  figures(): FrameFigures {
    const elapsedMs = this.firstAtMs === undefined ? 0 : this.lastAtMs - this.firstAtMs;
    return {
      frames: this.frames,
      fps: elapsedMs > 0 ? ((this.frames - 1) * 1000) / elapsedMs : 0,
      freezes: this.freezes,
      longestGapMs: this.longestGapMs,
      width: this.video.videoWidth,
      height: this.video.videoHeight,
      firstFrameAtMs: this.firstAtMs,
    };
  }

  private watch(): void {
    this.video.requestVideoFrameCallback((_, metadata) => {
      if (this.stopped) return;
      this.count(metadata);
      this.watch();
    });
  }

  private count(metadata: VideoFrameCallbackMetadata): void {
    const atMs = metadata.presentationTime;
    if (this.firstAtMs === undefined) {
      this.firstAtMs = atMs;
    } else {
      const gapMs = atMs - this.lastAtMs;
      this.longestGapMs = Math.max(this.longestGapMs, gapMs);
      if (gapMs - this.captureGapMs(metadata) > freezeExcessMs) this.freezes++;
    }
    this.frames++;
    this.lastAtMs = atMs;
    this.lastRtpTimestamp = metadata.rtpTimestamp;
  }

  private captureGapMs(metadata: VideoFrameCallbackMetadata): number {
    if (metadata.rtpTimestamp === undefined || this.lastRtpTimestamp === undefined) return 0;
    const ticks = (metadata.rtpTimestamp - this.lastRtpTimestamp + rtpTimestampModulus) % rtpTimestampModulus;
    return (ticks * 1000) / videoClockRateHz;
  }
}
