import type { OfferedCodec } from './description.js';
import { offeredExtensions } from './header-extensions.js';
import type { LocalTransport, OutgoingStream } from './write-description.js';
import { writeDescription } from './write-description.js';

/** One section of the dual-PC subscriber connection, which the node offers. Sections are never removed, only reused. */
export interface SubscriberSection {
  readonly mid: string;
  readonly kind: 'audio' | 'video';
  readonly codecs: readonly OfferedCodec[];
  /** Absent: the section is inactive. */
  readonly stream?: OutgoingStream;
}

export interface SubscriberOfferPlan {
  readonly transport: LocalTransport;
  readonly sessionId: bigint;
  readonly sessionVersion: number;
  readonly dataMid: string;
  readonly maxMessageBytes: number;
  readonly sections: readonly SubscriberSection[];
}

export function buildSubscriberOffer(plan: SubscriberOfferPlan): string {
  return writeDescription({
    sessionId: plan.sessionId,
    sessionVersion: plan.sessionVersion,
    setup: 'actpass',
    transport: plan.transport,
    extmapAllowMixed: true,
    sections: [
      {
        kind: 'application',
        mid: plan.dataMid,
        protocol: 'UDP/DTLS/SCTP',
        rejected: false,
        direction: 'sendrecv',
        codecs: [],
        extensions: [],
        receiveRids: [],
        rtcpReducedSize: false,
        extmapAllowMixed: false,
        sctp: { port: 5000, maxMessageBytes: plan.maxMessageBytes },
      },
      ...plan.sections.map((section) => ({
        kind: section.kind,
        mid: section.mid,
        protocol: 'UDP/TLS/RTP/SAVPF',
        rejected: false,
        direction: section.stream ? ('sendonly' as const) : ('inactive' as const),
        codecs: section.codecs,
        extensions: offeredExtensions[section.kind],
        receiveRids: [],
        rtcpReducedSize: true,
        extmapAllowMixed: false,
        stream: section.stream,
      })),
    ],
  });
}

const videoFeedback = ['nack', 'nack pli', 'ccm fir', 'transport-cc', 'goog-remb'];
const audioFeedback = ['nack', 'transport-cc'];

function video(payloadType: number, name: string, fmtp: string): OfferedCodec {
  return {
    payloadType,
    name,
    clockRate: 90_000,
    channels: 0,
    fmtp,
    feedback: videoFeedback,
    rtxPayloadType: payloadType + 1,
  };
}

/** What the node may offer: one payload type per format, the same in every section of the BUNDLE group. */
export const offerableCodecs: readonly OfferedCodec[] = [
  {
    payloadType: 111,
    name: 'opus',
    clockRate: 48_000,
    channels: 2,
    fmtp: 'minptime=10;useinbandfec=1',
    feedback: audioFeedback,
    rtxPayloadType: 0,
  },
  { payloadType: 63, name: 'red', clockRate: 48_000, channels: 2, fmtp: '111/111', feedback: [], rtxPayloadType: 0 },
  video(96, 'VP8', ''),
  video(98, 'VP9', 'profile-id=0'),
  video(100, 'VP9', 'profile-id=2'),
  video(102, 'H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f'),
  video(104, 'H264', 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f'),
  video(106, 'H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f'),
  video(108, 'H264', 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f'),
  video(112, 'H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f'),
  video(114, 'H264', 'level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=4d001f'),
  video(116, 'H264', 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f'),
  video(45, 'AV1', 'level-idx=5;profile=0;tier=0'),
];
