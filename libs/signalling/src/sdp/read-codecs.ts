import type { OfferedCodec } from './description.js';
import { type Attribute, allValues, invalid } from './sdp-lines.js';

const maxFormats = 128;

/** RFC 3551: these payload types may come without a=rtpmap. Only names matter here: none of them is forwarded. */
const staticNames: Readonly<Record<number, string>> = { 0: 'PCMU', 8: 'PCMA', 9: 'G722', 13: 'CN' };

/** The formats of an m-line in their order; each rtx format (RFC 4588) is folded into the codec of its apt. */
export function readCodecs(formats: readonly string[], attributes: readonly Attribute[]): OfferedCodec[] {
  if (formats.length > maxFormats) throw invalid(`expected at most ${maxFormats} formats in a section`);
  const maps = byPayloadType(allValues(attributes, 'rtpmap'));
  const parameters = byPayloadType(allValues(attributes, 'fmtp'));
  const feedback = feedbackByPayloadType(allValues(attributes, 'rtcp-fb'));
  const codecs: OfferedCodec[] = [];
  const rtxByPrimary = new Map<number, number>();
  for (const format of formats) {
    const payloadType = readPayloadType(format);
    const map = maps.get(payloadType) ?? (staticNames[payloadType] ? `${staticNames[payloadType]}/8000` : undefined);
    if (map === undefined) throw invalid(`payload type ${payloadType} has no a=rtpmap`);
    const match = /^([A-Za-z0-9._-]{1,32})\/(\d{1,9})(?:\/(\d{1,2}))?\s*$/.exec(map);
    if (!match) throw invalid(`the a=rtpmap of payload type ${payloadType} is malformed`);
    const fmtp = parameters.get(payloadType) ?? '';
    if (match[1]!.toLowerCase() === 'rtx') {
      const primary = /(?:^|;)\s*apt=(\d{1,3})/.exec(fmtp)?.[1];
      if (primary !== undefined) rtxByPrimary.set(Number(primary), payloadType);
      continue;
    }
    codecs.push({
      payloadType,
      name: match[1]!,
      clockRate: Number(match[2]),
      channels: match[3] ? Number(match[3]) : 0,
      fmtp,
      feedback: [...(feedback.get('*') ?? []), ...(feedback.get(String(payloadType)) ?? [])],
      rtxPayloadType: 0,
    });
  }
  return codecs.map((codec) => ({ ...codec, rtxPayloadType: rtxByPrimary.get(codec.payloadType) ?? 0 }));
}

function readPayloadType(text: string): number {
  const payloadType = Number(text);
  if (!/^\d{1,3}$/.test(text) || payloadType > 127) throw invalid('expected payload types 0 to 127');
  return payloadType;
}

function byPayloadType(values: readonly string[]): Map<number, string> {
  const found = new Map<number, string>();
  for (const value of values) {
    const space = value.indexOf(' ');
    if (space < 0) continue;
    const payloadType = readPayloadType(value.slice(0, space));
    const text = value.slice(space + 1).trim();
    // Some clients write the parameters of one format in several lines.
    const before = found.get(payloadType);
    found.set(payloadType, before === undefined ? text : `${before};${text}`);
  }
  return found;
}

function feedbackByPayloadType(values: readonly string[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const value of values) {
    const space = value.indexOf(' ');
    if (space < 0) continue;
    const key = value.slice(0, space);
    const list = found.get(key) ?? [];
    if (list.length < 16)
      list.push(
        value
          .slice(space + 1)
          .trim()
          .toLowerCase(),
      );
    found.set(key, list);
  }
  return found;
}
