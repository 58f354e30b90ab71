import type { OfferedCodec } from './description.js';

export interface OpusWishes {
  readonly discontinuousTransmission: boolean;
  readonly stereo: boolean;
}

const stereoBitrateBps = 510_000;

/** What the answer asks of an opus sender (RFC 7587 section 6.1). Other codecs are left as they are. */
export function withOpusWishes(codec: OfferedCodec, wishes: OpusWishes): OfferedCodec {
  if (codec.name.toLowerCase() !== 'opus') return codec;
  const kept = codec.fmtp
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !/^(usedtx|stereo|sprop-stereo|maxaveragebitrate)=/.test(part));
  if (wishes.discontinuousTransmission) kept.push('usedtx=1');
  if (wishes.stereo) kept.push('stereo=1', `maxaveragebitrate=${stereoBitrateBps}`);
  return { ...codec, fmtp: kept.join(';') };
}
