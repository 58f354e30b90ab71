import type { RoomOptions, VideoCodec } from 'livekit-client';
import { VideoPreset, VideoPresets } from 'livekit-client';

const codecs: readonly string[] = ['vp8', 'h264', 'vp9', 'av1'] satisfies VideoCodec[];

/** livekit-client's own lower layers run at 20 frames per second; ours keep the camera's rate. */
const fullRateLayers = [new VideoPreset(320, 180, 180_000, 30), new VideoPreset(640, 360, 500_000, 30)];

/**
 * How the page joins. For trying things out the address may say `codec=vp8|h264|vp9|av1` (VP8 without it) and
 * `transports=2` (one peer connection per direction, as mobile SDKs have them).
 */
export function callOptions(query: URLSearchParams): Partial<RoomOptions> & { singlePeerConnection: boolean } {
  const codec = query.get('codec') ?? '';
  return {
    adaptiveStream: true,
    dynacast: true,
    videoCaptureDefaults: { resolution: VideoPresets.h720.resolution },
    publishDefaults: {
      videoSimulcastLayers: fullRateLayers,
      ...(codecs.includes(codec) ? { videoCodec: codec as VideoCodec, backupCodec: false } : {}),
    },
    singlePeerConnection: query.get('transports') !== '2',
  };
}
