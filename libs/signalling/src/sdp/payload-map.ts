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

/** The codecs of an offered section that can be forwarded, the wanted one (a bare name such as "vp9") first. */
export function publishableCodecs(section: MediaSection, wanted: string, allowRedundancy: boolean): OfferedCodec[] {
  const usable = section.codecs.filter(
    (codec) => isForwarded(section.kind, codec) && (allowRedundancy || !isRedundancy(codec)),
  );
  const primary = usable.filter((codec) => !isRedundancy(codec));
  if (primary.length === 0) return [];
  const isWanted = (codec: OfferedCodec) => codec.name.toLowerCase() === wanted.toLowerCase();
  return [...primary.filter(isWanted), ...primary.filter((codec) => !isWanted(codec)), ...usable.filter(isRedundancy)];
}
