import type { MediaSection, OfferedCodec } from './description.js';
import { decodes, isForwarded, isRedundancy, isSameFormat } from './forwarded-codecs.js';

/** One codec of a published track and the payload types that the receiver knows it by. */
export interface PayloadPair {
  readonly published: number;
  readonly receiver: OfferedCodec;
}

/**
 * Which of the receiver's codecs carry the publisher's. Empty when the receiver cannot decode any; RED alone does not
 * count, because its blocks are of the codec beside it.
 */
export function mapPayloads(published: readonly OfferedCodec[], receiver: readonly OfferedCodec[]): PayloadPair[] {
  const pairs: PayloadPair[] = [];
  for (const sent of published) {
    const match = receiver.find((codec) => isSameFormat(codec, sent)) ?? receiver.find((codec) => decodes(codec, sent));
    if (match) pairs.push({ published: sent.payloadType, receiver: match });
  }
  return pairs.some((pair) => !isRedundancy(pair.receiver)) ? pairs : [];
}

/** Formats of one codec (H264 has a dozen profiles) that a track may use; the node maps as many. */
const maxFormats = 7;

/**
 * What a track is published with: the formats of one codec, the wanted one (a bare name such as "vp9") when it is
 * offered, else the client's first; then RED for audio. A second codec would be a second stream, with a section of its
 * own.
 */
export function publishableCodecs(section: MediaSection, wanted: string, allowRedundancy: boolean): OfferedCodec[] {
  const usable = section.codecs.filter((codec) => isForwarded(section.kind, codec));
  const primary = usable.filter((codec) => !isRedundancy(codec));
  const chosen = primary.find(({ name }) => name.toLowerCase() === wanted.toLowerCase()) ?? primary[0];
  if (!chosen) return [];
  const formats = primary.filter(({ name }) => name.toLowerCase() === chosen.name.toLowerCase()).slice(0, maxFormats);
  return allowRedundancy ? [...formats, ...usable.filter(isRedundancy).slice(0, 1)] : formats;
}
