import type { Description, HeaderExtension, MediaSection, OfferedCodec, SetupRole } from './description.js';
import { isForwarded } from './forwarded-codecs.js';
import { acceptedExtensions, mergeExtensions } from './header-extensions.js';
import type { LocalTransport, OutgoingStream, SectionToWrite } from './write-description.js';
import { writeDescription } from './write-description.js';

/** What the node does with one section of the offer. Sections without a use are answered inactive. */
export type SectionUse =
  | { readonly use: 'publish'; readonly codecs: readonly OfferedCodec[]; readonly rids: readonly string[] }
  | { readonly use: 'subscribe'; readonly codecs: readonly OfferedCodec[]; readonly stream: OutgoingStream }
  | { readonly use: 'reject' };

export interface AnswerPlan {
  readonly offer: Description;
  readonly transport: LocalTransport;
  readonly sessionId: bigint;
  readonly sessionVersion: number;
  readonly uses: ReadonlyMap<string, SectionUse>;
  readonly maxMessageBytes: number;
}

/** Feedback that the node gives and understands (RFC 4585, RFC 5104, transport-wide congestion control). */
const answeredFeedback: Readonly<Record<'audio' | 'video', readonly string[]>> = {
  audio: ['nack', 'transport-cc'],
  video: ['nack', 'nack pli', 'ccm fir', 'transport-cc', 'goog-remb'],
};

/** Same order, mids, payload types and extension ids as the offer (RFC 8829 section 5.3.1). */
export function buildAnswer(plan: AnswerPlan): string {
  return writeDescription({
    sessionId: plan.sessionId,
    sessionVersion: plan.sessionVersion,
    setup: answerSetup(plan.offer.setup),
    transport: plan.transport,
    extmapAllowMixed: plan.offer.extmapAllowMixed,
    sections: plan.offer.sections.map((section) => answerSection(plan, section)),
  });
}

/** We are the DTLS server whenever the peer lets us. */
export function answerSetup(offered: SetupRole): SetupRole {
  return offered === 'passive' ? 'active' : 'passive';
}

/** The header extensions that hold for the whole BUNDLE group once the offer is answered. */
export function answeredExtensions(offer: Description): HeaderExtension[] {
  return mergeExtensions(
    offer.sections
      .filter((section) => !section.rejected)
      .map((section) => acceptedExtensions(section.kind, section.extensions)),
  );
}

function answerSection(plan: AnswerPlan, section: MediaSection): SectionToWrite {
  const use = plan.uses.get(section.mid);
  const bundled = plan.offer.bundledMids.includes(section.mid);
  const usable = section.codecs.filter((codec) => isForwarded(section.kind, codec));
  const rejected =
    section.rejected ||
    use?.use === 'reject' ||
    (!bundled && section.index > 0) ||
    (section.kind !== 'application' && usable.length === 0);
  const base = {
    kind: section.kind,
    mid: section.mid,
    protocol: section.protocol,
    rejected,
    rtcpReducedSize: section.rtcpReducedSize,
    extmapAllowMixed: section.extmapAllowMixed,
    receiveRids: [],
    codecs: rejected ? section.codecs.slice(0, 1) : answeredCodecs(section, usable),
    extensions: acceptedExtensions(section.kind, section.extensions),
    direction: 'inactive',
  } as const;
  if (rejected) return base;
  if (section.kind === 'application') {
    return { ...base, direction: 'sendrecv', sctp: { port: 5000, maxMessageBytes: plan.maxMessageBytes } };
  }
  if (use?.use === 'publish') {
    return { ...base, direction: 'recvonly', codecs: answeredCodecs(section, use.codecs), receiveRids: use.rids };
  }
  if (use?.use === 'subscribe') {
    // The layer names stay although a subscription carries none: Chromium offers a later simulcast section with the
    // extensions that this one agreed on, and refuses its own offer when they lack the rid.
    return {
      ...base,
      direction: 'sendonly',
      codecs: answeredCodecs(section, use.codecs),
      stream: use.stream,
    };
  }
  return base;
}

function answeredCodecs(section: MediaSection, codecs: readonly OfferedCodec[]): OfferedCodec[] {
  const known = answeredFeedback[section.kind === 'audio' ? 'audio' : 'video'];
  return codecs.map((codec) => ({
    ...codec,
    fmtp: withoutGoogleHints(codec.fmtp),
    feedback: codec.feedback.filter((feedback) => known.includes(feedback)),
  }));
}

/** `x-google-*` are a browser's notes to itself. */
function withoutGoogleHints(fmtp: string): string {
  return fmtp
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '' && !part.startsWith('x-google-'))
    .join(';');
}
