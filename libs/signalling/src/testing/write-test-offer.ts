/** One section of an offer that a spec makes up. */
export interface OfferSection {
  readonly kind: 'audio' | 'video' | 'application';
  readonly mid: string;
  readonly direction?: 'sendonly' | 'recvonly' | 'inactive' | 'sendrecv';
  /** Track id in a=msid. */
  readonly cid?: string;
  readonly rids?: readonly string[];
  readonly ssrc?: number;
  /** a=rtpmap values by payload type; the usual ones when absent. */
  readonly codecs?: Readonly<Record<number, string>>;
}

const usualCodecs = {
  audio: { 111: 'opus/48000/2' },
  video: { 96: 'VP8/90000', 97: 'rtx/90000' },
} as const;

/** A small, correct offer (or answer) of a browser-like client. */
export function writeTestOffer(
  sections: readonly OfferSection[],
  transport: { readonly ufrag?: string; readonly setup?: string } = {},
): string {
  const lines = [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${sections.map(({ mid }) => mid).join(' ')}`,
    'a=extmap-allow-mixed',
  ];
  for (const section of sections) {
    lines.push(...sectionLines(section));
    lines.push(`a=ice-ufrag:${transport.ufrag ?? 'abcd'}`, 'a=ice-pwd:0123456789012345678901');
    lines.push(`a=fingerprint:sha-256 ${Array(32).fill('AB').join(':')}`, `a=setup:${transport.setup ?? 'actpass'}`);
  }
  return `${lines.join('\r\n')}\r\n`;
}

function sectionLines(section: OfferSection): string[] {
  if (section.kind === 'application') {
    return [
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
      `a=mid:${section.mid}`,
      'a=sctp-port:5000',
      'a=max-message-size:262144',
    ];
  }
  const codecs = Object.entries(section.codecs ?? usualCodecs[section.kind]);
  const lines = [`m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${codecs.map(([type]) => type).join(' ')}`];
  lines.push(`a=mid:${section.mid}`, `a=${section.direction ?? 'recvonly'}`, 'a=rtcp-mux', 'a=rtcp-rsize');
  for (const [type, map] of codecs) {
    lines.push(`a=rtpmap:${type} ${map}`);
    if (map.startsWith('rtx')) lines.push(`a=fmtp:${type} apt=${Number(type) - 1}`);
    if (section.kind === 'video' && !map.startsWith('rtx'))
      lines.push(`a=rtcp-fb:${type} nack pli`, `a=rtcp-fb:${type} nack`);
  }
  lines.push('a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid');
  if (section.cid) lines.push(`a=msid:stream ${section.cid}`);
  for (const rid of section.rids ?? []) lines.push(`a=rid:${rid} send`);
  if (section.rids) lines.push(`a=simulcast:send ${section.rids.join(';')}`);
  if (section.ssrc) lines.push(`a=ssrc:${section.ssrc} cname:test`);
  return lines;
}
