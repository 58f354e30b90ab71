import type {
  Description,
  Direction,
  Fingerprint,
  HeaderExtension,
  IceCredentials,
  MediaSection,
  SctpParameters,
  SectionKind,
  SetupRole,
  StreamSource,
} from './description.js';
import { readCodecs } from './read-codecs.js';
import { type Attribute, allValues, firstValue, invalid, type RawSection, readSdpLines } from './sdp-lines.js';

const maxExtensions = 64;
const maxSources = 32;
const maxRids = 8;
const maxFingerprints = 8;
/** RFC 8841: absent means 64 kB. */
const defaultMaxMessageBytes = 65_536;

/**
 * Reads an offer or answer. One transport only: ICE, fingerprints and setup are those of the first live section
 * (BUNDLE, RFC 9143); other values in later sections are ignored.
 * @throws ChroomError SDP_INVALID, with the reason.
 */
export function parseDescription(text: string): Description {
  const raw = readSdpLines(text);
  if (raw.sections.length === 0) throw invalid('it has no media section');
  const sections = raw.sections.map((section, index) => readSection(section, index, raw.sessionAttributes));
  refuseDoubleMids(sections);
  const first = sections.findIndex((section) => !section.rejected);
  const transport = [...raw.sections[Math.max(first, 0)]!.attributes, ...raw.sessionAttributes];
  return {
    sections,
    bundledMids: readBundle(raw.sessionAttributes),
    ice: readIce(transport),
    fingerprints: readFingerprints(transport),
    setup: readSetup(transport),
    extmapAllowMixed: raw.sessionAttributes.some((attribute) => attribute.name === 'extmap-allow-mixed'),
  };
}

function readSection(raw: RawSection, index: number, session: readonly Attribute[]): MediaSection {
  const [kindText = '', portText = '', protocol = '', ...formats] = raw.media.trim().split(/ +/);
  const kind = readKind(kindText);
  const attributes = raw.attributes;
  const mid = firstValue(attributes, 'mid')?.trim() ?? '';
  if (!/^[\x21-\x7e]{1,64}$/.test(mid)) throw invalid(`section ${index} has no usable a=mid`);
  const bundleOnly = attributes.some((attribute) => attribute.name === 'bundle-only');
  const [msidStream = '', msidTrack = ''] = (firstValue(attributes, 'msid') ?? '').trim().split(' ');
  return {
    index,
    kind,
    mid,
    rejected: portText === '0' && !bundleOnly,
    direction: readDirection(attributes, session),
    protocol,
    codecs: kind === 'application' ? [] : readCodecs(formats, attributes),
    extensions: readExtensions(attributes),
    msidStream,
    msidTrack,
    sendRids: readSendRids(attributes),
    ssrcs: readSources(attributes),
    extmapAllowMixed: attributes.some((attribute) => attribute.name === 'extmap-allow-mixed'),
    rtcpReducedSize: attributes.some((attribute) => attribute.name === 'rtcp-rsize'),
    sctp: kind === 'application' ? readSctp(attributes, protocol) : undefined,
  };
}

function readKind(text: string): SectionKind {
  if (text === 'audio' || text === 'video' || text === 'application') return text;
  throw invalid(`expected m=audio, m=video or m=application, got m=${text.slice(0, 20)}`);
}

const directions: readonly Direction[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive'];

function readDirection(attributes: readonly Attribute[], session: readonly Attribute[]): Direction {
  for (const { name } of [...attributes, ...session]) {
    const found = directions.find((direction) => direction === name);
    if (found) return found;
  }
  return 'sendrecv';
}

function readExtensions(attributes: readonly Attribute[]): HeaderExtension[] {
  const extensions: HeaderExtension[] = [];
  for (const value of allValues(attributes, 'extmap')) {
    const match = /^(\d{1,3})(?:\/\w+)? (\S{1,256})/.exec(value);
    if (!match) throw invalid('expected "a=extmap:<id> <uri>"');
    const id = Number(match[1]);
    // RFC 8285: 0 is padding; ids of two-byte headers end at 255.
    if (id < 1 || id > 255) throw invalid(`expected header extension ids 1 to 255, got ${id}`);
    extensions.push({ id, uri: match[2]! });
    if (extensions.length > maxExtensions) throw invalid(`expected at most ${maxExtensions} header extensions`);
  }
  return extensions;
}

/** RFC 8853; the rid lines name the layers, the simulcast line may reorder them and mark them paused with `~`. */
function readSendRids(attributes: readonly Attribute[]): string[] {
  const declared = allValues(attributes, 'rid')
    .map((value) => /^([A-Za-z0-9_-]{1,64}) send/.exec(value)?.[1])
    .filter((rid) => rid !== undefined);
  if (declared.length > maxRids) throw invalid(`expected at most ${maxRids} layers in a section`);
  const list = /(?:^|\s)send (\S+)/.exec(firstValue(attributes, 'simulcast') ?? '')?.[1];
  if (!list) return declared;
  const ordered = list.split(';').map((alternatives) => alternatives.split(',')[0]!.replace(/^~/, ''));
  return [...new Set(ordered)].filter((rid) => declared.includes(rid));
}

function readSources(attributes: readonly Attribute[]): StreamSource[] {
  const primaries = new Set<number>();
  for (const value of allValues(attributes, 'ssrc')) {
    primaries.add(readSsrc(value.split(' ')[0]!));
    if (primaries.size > maxSources) throw invalid(`expected at most ${maxSources} SSRCs in a section`);
  }
  const retransmission = new Map<number, number>();
  for (const value of allValues(attributes, 'ssrc-group')) {
    const [semantics, primary, rtx] = value.trim().split(/ +/);
    if (semantics !== 'FID' || !primary || !rtx) continue;
    retransmission.set(readSsrc(primary), readSsrc(rtx));
    primaries.delete(readSsrc(rtx));
  }
  return [...primaries].map((ssrc) => ({ ssrc, rtxSsrc: retransmission.get(ssrc) ?? 0 }));
}

function readSsrc(text: string): number {
  const ssrc = Number(text);
  if (!/^\d{1,10}$/.test(text) || ssrc > 0xffff_ffff) throw invalid('expected SSRCs as 32-bit numbers');
  return ssrc;
}

function readSctp(attributes: readonly Attribute[], protocol: string): SctpParameters {
  if (!protocol.endsWith('DTLS/SCTP')) throw invalid(`expected m=application over DTLS/SCTP, got ${protocol}`);
  const port = Number(firstValue(attributes, 'sctp-port') ?? '5000');
  const size = Number(firstValue(attributes, 'max-message-size') ?? defaultMaxMessageBytes);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw invalid('expected a=sctp-port of 1 to 65535');
  if (!Number.isInteger(size) || size < 0) throw invalid('expected a=max-message-size as a whole number');
  // RFC 8841: 0 means any size.
  return { port, maxMessageBytes: size === 0 ? 0xffff_ffff : Math.min(size, 0xffff_ffff) };
}

function readBundle(session: readonly Attribute[]): string[] {
  const group = allValues(session, 'group').find((value) => value.startsWith('BUNDLE'));
  return group ? group.split(/ +/).slice(1).filter(Boolean) : [];
}

/** RFC 8839 section 5.4: 4 to 256 and 22 to 256 ice-chars. */
function readIce(attributes: readonly Attribute[]): IceCredentials {
  const usernameFragment = firstValue(attributes, 'ice-ufrag')?.trim() ?? '';
  const password = firstValue(attributes, 'ice-pwd')?.trim() ?? '';
  if (!/^[A-Za-z0-9+/\-_=]{4,256}$/.test(usernameFragment)) throw invalid('expected a=ice-ufrag of 4 to 256 ice-chars');
  if (!/^[A-Za-z0-9+/\-_=]{22,256}$/.test(password)) throw invalid('expected a=ice-pwd of 22 to 256 ice-chars');
  return { usernameFragment, password };
}

const digestBytes: Readonly<Record<string, number>> = { 'sha-256': 32, 'sha-384': 48, 'sha-512': 64 };

function readFingerprints(attributes: readonly Attribute[]): Fingerprint[] {
  const fingerprints: Fingerprint[] = [];
  for (const value of allValues(attributes, 'fingerprint').slice(0, maxFingerprints)) {
    const [algorithmText = '', hex = ''] = value.trim().split(/ +/);
    const algorithm = algorithmText.toLowerCase();
    if (!Object.hasOwn(digestBytes, algorithm)) continue;
    const upper = hex.toUpperCase();
    if (upper.length !== digestBytes[algorithm]! * 3 - 1 || !/^[0-9A-F]{2}(:[0-9A-F]{2})*$/.test(upper)) {
      throw invalid(`the ${algorithm} fingerprint is malformed`);
    }
    if (!fingerprints.some((known) => known.algorithm === algorithm && known.value === upper)) {
      fingerprints.push({ algorithm, value: upper });
    }
  }
  if (fingerprints.length === 0) throw invalid('expected a=fingerprint with sha-256, sha-384 or sha-512');
  return fingerprints;
}

function readSetup(attributes: readonly Attribute[]): SetupRole {
  const setup = firstValue(attributes, 'setup')?.trim() ?? 'actpass';
  if (setup === 'actpass' || setup === 'active' || setup === 'passive') return setup;
  throw invalid('expected a=setup of actpass, active or passive');
}

function refuseDoubleMids(sections: readonly MediaSection[]): void {
  const mids = new Set(sections.map((section) => section.mid));
  if (mids.size !== sections.length) throw invalid('two sections have the same a=mid');
}
