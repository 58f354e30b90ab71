import { Codec, ServerInfo, ServerInfo_Edition } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';

/** The signalling protocol that is spoken. */
const protocolVersion = 17;
/**
 * The LiveKit server version that clients may assume. Below 1.13.7 on purpose: newer ones promise VP9 and AV1 as
 * simulcast with layer names, which clients would then publish.
 */
const assumedServerVersion = '1.9.0';

/** Seconds; never 0, or Rust clients abort. */
export const pingIntervalSec = 5;
export const pingTimeoutSec = 15;

export function serverInfoOf(room: LiveRoom): ServerInfo {
  return new ServerInfo({
    edition: ServerInfo_Edition.Standard,
    version: assumedServerVersion,
    protocol: protocolVersion,
    region: room.allocation?.node.region || room.context.settings.region,
    nodeId: String(room.allocation?.node.nodeId ?? ''),
  });
}

/** VP8 first: clients take the first one as the default. */
export function publishCodecs(): Codec[] {
  return ['video/VP8', 'video/H264', 'video/VP9', 'video/AV1', 'audio/opus', 'audio/red'].map(
    (mime) => new Codec({ mime }),
  );
}
