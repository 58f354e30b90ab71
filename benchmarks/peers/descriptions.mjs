// SDP between a peer and the load generator: the generator sends or receives one VP8 stream per transport, is the DTLS
// client and always ICE-controlling, towards peers that are ICE-lite.
import { parseDescription } from '@chroom/signalling';

/** The extensions that browsers send and that a peer may want, under the generator's ids. */
export const publishedExtensions = {
  3: 'http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
  2: 'http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time',
};
export const publishedPayloadType = 96;
const feedback = ['nack', 'nack pli', 'ccm fir', 'transport-cc'];

/** @typedef {{ufrag: string, pwd: string, address: string, port: number, fingerprint: string}} LocalSide what the generator said of one of its peers */

/** An offer to publish one VP8 stream. @param {LocalSide} local */
export function writePublishOffer(local, { ssrc, track }) {
  return text([
    ...sessionLines(['0']),
    `m=video 9 UDP/TLS/RTP/SAVPF ${publishedPayloadType}`,
    ...transportLines(local, '0'),
    'a=sendonly',
    `a=rtpmap:${publishedPayloadType} VP8/90000`,
    ...feedback.map((kind) => `a=rtcp-fb:${publishedPayloadType} ${kind}`),
    ...Object.entries(publishedExtensions).map(([id, uri]) => `a=extmap:${id} ${uri}`),
    `a=msid:load ${track}`,
    `a=ssrc:${ssrc} cname:load`,
    `a=ssrc:${ssrc} msid:load ${track}`,
  ]);
}

/** The answer to an offer of streams: takes VP8 with what feedback and extensions it was offered, and no data channels' traffic. @param {LocalSide} local */
export function writeReceiveAnswer(offer, local) {
  const { sections } = parseDescription(offer);
  return text([
    ...sessionLines(sections.map(({ mid }) => mid)),
    ...sections.flatMap((section) =>
      section.kind === 'application' ? dataSection(section, local) : mediaSection(section, local),
    ),
  ]);
}

function mediaSection(section, local) {
  const codec = section.codecs.find(({ name }) => name.toUpperCase() === 'VP8') ?? section.codecs[0];
  return [
    `m=${section.kind} 9 UDP/TLS/RTP/SAVPF ${codec.payloadType}`,
    ...transportLines(local, section.mid),
    section.direction === 'sendonly' || section.direction === 'sendrecv' ? 'a=recvonly' : 'a=inactive',
    `a=rtpmap:${codec.payloadType} ${codec.name}/${codec.clockRate}${codec.channels > 1 ? `/${codec.channels}` : ''}`,
    ...codec.feedback.map((kind) => `a=rtcp-fb:${codec.payloadType} ${kind}`),
    ...section.extensions.map(({ id, uri }) => `a=extmap:${id} ${uri}`),
  ];
}

function dataSection(section, local) {
  return [
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ...transportLines(local, section.mid),
    `a=sctp-port:${section.sctp.port}`,
  ];
}

function sessionLines(mids) {
  return [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    `a=group:BUNDLE ${mids.join(' ')}`,
    'a=msid-semantic: WMS *',
  ];
}

function transportLines({ ufrag, pwd, address, port, fingerprint }, mid) {
  return [
    'c=IN IP4 0.0.0.0',
    `a=mid:${mid}`,
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:active',
    'a=rtcp-mux',
    'a=rtcp-rsize',
    `a=candidate:1 1 udp 2113937151 ${address} ${port} typ host`,
    'a=end-of-candidates',
  ];
}

function text(lines) {
  return `${lines.join('\r\n')}\r\n`;
}

const usableCandidate = /(?:^|a=)candidate:\S+ 1 udp \d+ (\d+\.\d+\.\d+\.\d+) (\d+) typ host/im;

/** Whether a text has a candidate that the generator can use: UDP, IPv4, of the host. */
export function hasUsableCandidate(text) {
  return usableCandidate.test(text);
}

/** What the generator's `connect` needs of a peer's description; candidate: its line, where it came apart from the description. */
export function readRemote(sdp, candidate = sdp) {
  const { ice, fingerprints } = parseDescription(sdp);
  const [, address, port] = usableCandidate.exec(candidate) ?? [];
  const fingerprint = fingerprints.find(({ algorithm }) => algorithm === 'sha-256');
  if (!address || !fingerprint) {
    throw new Error(
      `DESCRIPTION_UNUSABLE: expected a UDP host candidate on IPv4 and a sha-256 fingerprint, received\n${sdp}`,
    );
  }
  return {
    ufrag: ice.usernameFragment,
    pwd: ice.password,
    fingerprint: fingerprint.value,
    address,
    port: Number(port),
  };
}

/** What the generator's `receive` needs: the stream that a description offers, undefined when it offers none. */
export function readOfferedStream(sdp) {
  const section = parseDescription(sdp).sections.find(
    ({ kind, rejected, ssrcs }) => kind === 'video' && !rejected && ssrcs.length > 0,
  );
  if (!section) return undefined;
  const twcc = section.extensions.find(({ uri }) => uri === publishedExtensions[3]);
  return { ssrc: section.ssrcs[0].ssrc, twcc: twcc?.id ?? 0 };
}
