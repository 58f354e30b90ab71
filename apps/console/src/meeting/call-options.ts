import type { RoomOptions, VideoCodec } from 'livekit-client';
import { VideoPresets } from 'livekit-client';

const codecs: readonly string[] = ['vp8', 'h264', 'vp9', 'av1'] satisfies VideoCodec[];

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
    publishDefaults: codecs.includes(codec) ? { videoCodec: codec as VideoCodec, backupCodec: false } : {},
    singlePeerConnection: query.get('transports') !== '2',
  };
}
