import type {
  Direction,
  Fingerprint,
  HeaderExtension,
  IceCredentials,
  OfferedCodec,
  SetupRole,
} from './description.js';

export interface LocalCandidate {
  readonly foundation: string;
  readonly protocol: string;
  readonly address: string;
  readonly port: number;
  readonly priority: number;
}

/** The node's side of one peer connection. */
export interface LocalTransport {
  readonly ice: IceCredentials;
  readonly fingerprint: Fingerprint;
  readonly candidates: readonly LocalCandidate[];
}

export interface SectionToWrite {
  readonly kind: 'audio' | 'video' | 'application';
  readonly mid: string;
  readonly protocol: string;
  /** A rejected section has port 0 and nothing else. */
  readonly rejected: boolean;
  readonly direction: Direction;
  readonly codecs: readonly OfferedCodec[];
  readonly extensions: readonly HeaderExtension[];
  readonly receiveRids: readonly string[];
  readonly rtcpReducedSize: boolean;
  readonly extmapAllowMixed: boolean;
  readonly stream?: OutgoingStream;
  /** Port of the SCTP association on our side; only for application. */
  readonly sctp?: { readonly port: number; readonly maxMessageBytes: number };
}

/** A subscription as the receiver sees it. */
export interface OutgoingStream {
  readonly streamId: string;
  readonly trackId: string;
  readonly cname: string;
  readonly ssrc: number;
  readonly rtxSsrc: number;
}

export interface DescriptionToWrite {
  readonly sessionId: bigint;
  readonly sessionVersion: number;
  readonly setup: SetupRole;
  readonly transport: LocalTransport;
  readonly extmapAllowMixed: boolean;
  readonly sections: readonly SectionToWrite[];
}

/** SDP text of an ICE-lite side with one BUNDLE group; candidates stand in its first section (RFC 9143 section 7). */
export function writeDescription(description: DescriptionToWrite): string {
  const live = description.sections.filter((section) => !section.rejected);
  const lines = [
    'v=0',
    `o=- ${description.sessionId} ${description.sessionVersion} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${live.map((section) => section.mid).join(' ')}`.trimEnd(),
    'a=ice-lite',
    'a=msid-semantic: WMS *',
    `a=fingerprint:${description.transport.fingerprint.algorithm} ${description.transport.fingerprint.value}`,
  ];
  if (description.extmapAllowMixed) lines.push('a=extmap-allow-mixed');
  for (const section of description.sections) writeSection(lines, section, description, section === live[0]);
  return `${lines.join('\r\n')}\r\n`;
}

function writeSection(lines: string[], section: SectionToWrite, all: DescriptionToWrite, first: boolean): void {
  if (section.rejected) {
    const formats = section.kind === 'application' ? 'webrtc-datachannel' : formatsOf(section.codecs) || '0';
    lines.push(`m=${section.kind} 0 ${section.protocol} ${formats}`, 'c=IN IP4 0.0.0.0', `a=mid:${section.mid}`);
    lines.push('a=inactive');
    return;
  }
  const formats = section.kind === 'application' ? 'webrtc-datachannel' : formatsOf(section.codecs);
  lines.push(`m=${section.kind} 9 ${section.protocol} ${formats}`, 'c=IN IP4 0.0.0.0', `a=mid:${section.mid}`);
  lines.push(`a=ice-ufrag:${all.transport.ice.usernameFragment}`, `a=ice-pwd:${all.transport.ice.password}`);
  lines.push(`a=setup:${all.setup}`);
  if (section.kind === 'application') {
    lines.push(`a=sctp-port:${section.sctp?.port ?? 5000}`, `a=max-message-size:${section.sctp?.maxMessageBytes ?? 0}`);
  } else {
    writeMedia(lines, section);
  }
  if (first) writeCandidates(lines, all.transport.candidates);
}

function writeMedia(lines: string[], section: SectionToWrite): void {
  lines.push(`a=${section.direction}`, 'a=rtcp:9 IN IP4 0.0.0.0', 'a=rtcp-mux');
  if (section.rtcpReducedSize) lines.push('a=rtcp-rsize');
  if (section.extmapAllowMixed) lines.push('a=extmap-allow-mixed');
  for (const codec of section.codecs) writeCodec(lines, codec);
  for (const { id, uri } of section.extensions) lines.push(`a=extmap:${id} ${uri}`);
  for (const rid of section.receiveRids) lines.push(`a=rid:${rid} recv`);
  if (section.receiveRids.length > 0) lines.push(`a=simulcast:recv ${section.receiveRids.join(';')}`);
  if (section.stream) writeStream(lines, section.stream);
}

function writeCodec(lines: string[], codec: OfferedCodec): void {
  const channels = codec.channels > 1 ? `/${codec.channels}` : '';
  lines.push(`a=rtpmap:${codec.payloadType} ${codec.name}/${codec.clockRate}${channels}`);
  if (codec.fmtp !== '') lines.push(`a=fmtp:${codec.payloadType} ${codec.fmtp}`);
  for (const feedback of codec.feedback) lines.push(`a=rtcp-fb:${codec.payloadType} ${feedback}`);
  if (codec.rtxPayloadType === 0) return;
  lines.push(`a=rtpmap:${codec.rtxPayloadType} rtx/${codec.clockRate}`);
  lines.push(`a=fmtp:${codec.rtxPayloadType} apt=${codec.payloadType}`);
}

function writeStream(lines: string[], stream: OutgoingStream): void {
  const sources = stream.rtxSsrc === 0 ? [stream.ssrc] : [stream.ssrc, stream.rtxSsrc];
  lines.push(`a=msid:${stream.streamId} ${stream.trackId}`);
  if (sources.length > 1) lines.push(`a=ssrc-group:FID ${sources.join(' ')}`);
  for (const ssrc of sources) {
    lines.push(`a=ssrc:${ssrc} cname:${stream.cname}`, `a=ssrc:${ssrc} msid:${stream.streamId} ${stream.trackId}`);
  }
}

function writeCandidates(lines: string[], candidates: readonly LocalCandidate[]): void {
  for (const { foundation, protocol, priority, address, port } of candidates) {
    const tcpType = protocol === 'tcp' ? ' tcptype passive' : '';
    lines.push(`a=candidate:${foundation} 1 ${protocol} ${priority} ${address} ${port} typ host${tcpType}`);
  }
  lines.push('a=end-of-candidates');
}

function formatsOf(codecs: readonly OfferedCodec[]): string {
  return codecs
    .flatMap(({ payloadType, rtxPayloadType }) => (rtxPayloadType ? [payloadType, rtxPayloadType] : [payloadType]))
    .join(' ');
}
