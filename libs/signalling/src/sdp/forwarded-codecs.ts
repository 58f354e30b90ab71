import type { OfferedCodec, SectionKind } from './description.js';

/**
 * The codecs that Chroom forwards. A node forwards payloads without decoding them, so a codec is here when its clear
 * header is enough to switch layers and to find key frames.
 */
const forwardedMimeTypes: readonly string[] = [
  'video/vp8',
  'video/h264',
  'video/vp9',
  'video/av1',
  'audio/opus',
  'audio/red',
];

/** What the error text lists. */
export const forwardedCodecNames = 'VP8, H264, VP9, AV1, opus';

export function mimeTypeOf(kind: SectionKind, codec: Pick<OfferedCodec, 'name'>): string {
  return `${kind}/${codec.name}`;
}

export function isForwarded(kind: SectionKind, codec: OfferedCodec): boolean {
  return forwardedMimeTypes.includes(mimeTypeOf(kind, codec).toLowerCase());
}

/** RED (RFC 2198) repeats earlier frames of another codec; it is never the only codec of a section. */
export function isRedundancy(codec: OfferedCodec): boolean {
  return codec.name.toLowerCase() === 'red';
}

/** Same bytes on both sides: an exact match, or a receiver that decodes at least what is sent. */
export function decodes(receiver: OfferedCodec, sent: OfferedCodec): boolean {
  const name = sent.name.toLowerCase();
  if (receiver.name.toLowerCase() !== name || receiver.clockRate !== sent.clockRate) return false;
  if (Math.max(receiver.channels, 1) !== Math.max(sent.channels, 1)) return false;
  if (name === 'h264') return decodesH264(receiver.fmtp, sent.fmtp);
  if (name === 'vp9') return fmtpValue(receiver.fmtp, 'profile-id', '0') === fmtpValue(sent.fmtp, 'profile-id', '0');
  if (name === 'av1') return fmtpValue(receiver.fmtp, 'profile', '0') === fmtpValue(sent.fmtp, 'profile', '0');
  return true;
}

/** Exact parameters; among several decoders of one codec this one is taken first. */
export function isSameFormat(receiver: OfferedCodec, sent: OfferedCodec): boolean {
  if (!decodes(receiver, sent)) return false;
  return sent.name.toLowerCase() !== 'h264' || h264Profile(receiver.fmtp) === h264Profile(sent.fmtp);
}

export function fmtpValue(fmtp: string, name: string, otherwise: string): string {
  for (const part of fmtp.split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim().toLowerCase() === name) return part.slice(equals + 1).trim();
  }
  return otherwise;
}

type H264Profile = 'constrained-baseline' | 'baseline' | 'main' | 'high' | 'other';

/** RFC 6184 section 8.1: profile_idc and the constraint flags of profile-level-id; absent means baseline. */
function h264Profile(fmtp: string): H264Profile {
  const id = fmtpValue(fmtp, 'profile-level-id', '42000a').toLowerCase();
  const idc = id.slice(0, 2);
  const constraintSet1 = (Number.parseInt(id.slice(2, 4), 16) & 0x40) !== 0;
  if (idc === '42') return constraintSet1 ? 'constrained-baseline' : 'baseline';
  if (idc === '4d') return constraintSet1 && id.slice(2, 4) === 'e0' ? 'constrained-baseline' : 'main';
  return idc === '64' ? 'high' : 'other';
}

const alsoDecodes: Readonly<Record<H264Profile, readonly H264Profile[]>> = {
  'constrained-baseline': ['constrained-baseline'],
  baseline: ['constrained-baseline', 'baseline'],
  main: ['constrained-baseline', 'main'],
  high: ['constrained-baseline', 'main', 'high'],
  other: ['other'],
};

function decodesH264(receiver: string, sent: string): boolean {
  if (fmtpValue(receiver, 'packetization-mode', '0') !== fmtpValue(sent, 'packetization-mode', '0')) return false;
  return alsoDecodes[h264Profile(receiver)].includes(h264Profile(sent));
}
