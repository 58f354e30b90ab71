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
  /** Longest gap between two presented frames, ms; the time since the last one counts. */
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
  /** Of the last presented frame, or the begin of the measuring period if that is later; undefined before any frame. */
  private lastAtMs: number | undefined;
  private lastRtpTimestamp: number | undefined;
  private lastCaptureGapMs = 0;
  private stopped = false;

  constructor(
    private readonly video: Pick<HTMLVideoElement, 'requestVideoFrameCallback' | 'videoWidth' | 'videoHeight'>,
    private readonly now: () => number = () => performance.now(),
  ) {
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
    if (this.lastAtMs !== undefined) this.lastAtMs = this.now();
  }

  figures(): FrameFigures {
    const elapsedMs = (this.lastAtMs ?? 0) - (this.firstAtMs ?? this.lastAtMs ?? 0);
    const openGapMs = this.lastAtMs === undefined ? 0 : this.now() - this.lastAtMs;
    // When the next frame was captured is not known yet: taken as the frame before it.
    const isFrozen = openGapMs - this.lastCaptureGapMs > freezeExcessMs;
    return {
      frames: this.frames,
      fps: elapsedMs > 0 ? ((this.frames - 1) * 1000) / elapsedMs : 0,
      freezes: this.freezes + (isFrozen ? 1 : 0),
      longestGapMs: Math.max(this.longestGapMs, openGapMs),
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
    if (this.lastAtMs !== undefined) {
      const gapMs = atMs - this.lastAtMs;
      this.lastCaptureGapMs = this.captureGapMs(metadata);
      this.longestGapMs = Math.max(this.longestGapMs, gapMs);
      if (gapMs - this.lastCaptureGapMs > freezeExcessMs) this.freezes++;
    }
    this.firstAtMs ??= atMs;
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
