import { control } from '@chroom/protocol';
import {
  type Description,
  extensionUris,
  forwardedCodecNames,
  type MediaSection,
  matchTrack,
  mimeTypeOf,
  type OfferedCodec,
  publishableCodecs,
  type SectionUse,
  simulcastStreams,
  withNegotiated,
  withOpusWishes,
} from '@chroom/signalling';
import { RequestResponse, RequestResponse_Reason, TrackType } from '@livekit/protocol';
import { declareSent } from '../declaring/declare-streams.js';
import { callNode, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import { type AwaitedTrack, PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';
import type { PublicationChanges } from './apply-offer.js';
import { unpublishOnNode } from './unpublish-track.js';

/** Brings the participant's published tracks in line with what its offer sends, and notes each section's use. */
export async function settlePublications(
  room: LiveRoom,
  participant: Participant,
  offer: Description,
  uses: Map<string, SectionUse>,
): Promise<PublicationChanges> {
  const unpublished = await dropUnsentTracks(room, participant, offer);
  const published: PublishedTrack[] = [];
  for (const section of offer.sections.filter(isSending)) {
    const known = trackOfMid(participant, section.mid);
    const track = known ?? (await publishSection(room, participant, section, uses));
    if (!track) continue;
    if (track !== known) published.push(track);
    uses.set(section.mid, { use: 'publish', codecs: track.codecs, rids: track.rids });
  }
  return { published, unpublished: unpublished.filter((track) => !participant.tracks.has(track.sid)) };
}

function isSending(section: MediaSection): boolean {
  const sends = section.direction === 'sendonly' || section.direction === 'sendrecv';
  return section.kind !== 'application' && !section.rejected && sends;
}

function trackOfMid(participant: Participant, mid: string): PublishedTrack | undefined {
  for (const track of participant.tracks.values()) if (track.mid === mid) return track;
  return undefined;
}

/** A section that went inactive keeps its msid, so only the direction says that a track ended. */
async function dropUnsentTracks(
  room: LiveRoom,
  participant: Participant,
  offer: Description,
): Promise<PublishedTrack[]> {
  const sending = offer.sections.filter(isSending);
  const dropped = [...participant.tracks.values()].filter((track) => {
    const section = sending.find(({ mid }) => mid === track.mid);
    return !section || carriesAnother(participant, section, track);
  });
  for (const track of dropped) {
    await unpublishOnNode(room, participant, track);
    // The same media published again in the same breath keeps its sid: the client was told so by add_track.
    const moved = sending.some(({ mid, msidTrack }) => mid !== track.mid && msidTrack === track.request.cid);
    const isAwaited = participant.awaited.some(({ request }) => request.cid === track.request.cid);
    if (moved && !isAwaited) participant.awaited.push({ sid: track.sid, request: track.request, info: track.info });
  }
  return dropped;
}

/** Some clients reuse the section of an ended track at once for the next one. */
function carriesAnother(participant: Participant, section: MediaSection, track: PublishedTrack): boolean {
  if (section.msidTrack === '' || section.msidTrack === track.request.cid) return false;
  return participant.awaited.some(({ request }) => request.cid === section.msidTrack);
}

async function publishSection(
  room: LiveRoom,
  participant: Participant,
  section: MediaSection,
  uses: Map<string, SectionUse>,
): Promise<PublishedTrack | undefined> {
  const awaited = matchTrack(section, participant.awaited);
  if (!awaited) return undefined;
  participant.awaited.splice(participant.awaited.indexOf(awaited), 1);
  const track = describeTrack(awaited, section);
  if (track.codecs.length === 0) {
    uses.set(section.mid, { use: 'reject' });
    refuseCodecs(participant, awaited, section);
    return undefined;
  }
  await publishOnNode(room, participant, track, section);
  participant.tracks.set(track.sid, track);
  declareSent(room, participant, track);
  return track;
}

function describeTrack(awaited: AwaitedTrack, section: MediaSection): PublishedTrack {
  const { info, request } = awaited;
  const wanted = request.simulcastCodecs[0]?.codec.replace(/^\w+\//, '') ?? '';
  const codecs = publishableCodecs(section, wanted, !info.disableRed).map((codec) =>
    withOpusWishes(codec, { discontinuousTransmission: !info.disableDtx, stereo: info.stereo }),
  );
  const first = codecs[0];
  const negotiated = first
    ? withNegotiated(info, section.mid, mimeTypeOf(section.kind, first), section.sendRids)
    : info;
  return new PublishedTrack(awaited.sid, request, section.mid, codecs, section.sendRids, negotiated);
}

function refuseCodecs(participant: Participant, awaited: AwaitedTrack, section: MediaSection): void {
  const offered = [...new Set(section.codecs.map(({ name }) => name))].slice(0, 16).join(', ');
  participant.send({
    case: 'requestResponse',
    value: new RequestResponse({
      reason: RequestResponse_Reason.UNSUPPORTED_TYPE,
      message: `CODEC_UNSUPPORTED: expected one of ${forwardedCodecNames} in section ${section.mid}, got ${offered}.`,
      request: { case: 'addTrack', value: awaited.request },
    }),
  });
}

async function publishOnNode(
  room: LiveRoom,
  participant: Participant,
  track: PublishedTrack,
  section: MediaSection,
): Promise<void> {
  await callNode(room, (node, options) =>
    node.publish(
      {
        fence: fenceOf(room),
        session: participant.sid,
        role: participant.publisher.role,
        track: track.sid,
        kind: track.info.type === TrackType.VIDEO ? control.MediaKind.VIDEO : control.MediaKind.AUDIO,
        mid: section.mid,
        codecs: track.codecs.map((codec) => publishedCodec(section, codec)),
        encodings: encodingsOf(section),
      },
      options,
    ),
  );
  if (!track.info.muted) return;
  await callNode(room, (node, options) =>
    node.updatePublication({ fence: fenceOf(room), session: participant.sid, track: track.sid, muted: true }, options),
  );
}

export function publishedCodec(section: MediaSection, codec: OfferedCodec) {
  return {
    payloadType: codec.payloadType,
    mimeType: mimeTypeOf(section.kind, codec),
    clockRate: codec.clockRate,
    channels: codec.channels,
    fmtp: codec.fmtp,
    rtxPayloadType: codec.rtxPayloadType,
    nack: codec.feedback.includes('nack'),
    pli: codec.feedback.includes('nack pli'),
    transportCc:
      codec.feedback.includes('transport-cc') &&
      section.extensions.some(({ uri }) => uri === extensionUris.transportCc),
  };
}

/** A section without layer names has one stream, at the lowest quality: every receiver may have it. */
function encodingsOf(section: MediaSection) {
  if (section.sendRids.length === 0) {
    const source = section.ssrcs[0];
    return [{ rid: '', ssrc: source?.ssrc ?? 0, rtxSsrc: source?.rtxSsrc ?? 0, quality: 0 }];
  }
  return simulcastStreams(section.sendRids).map(({ rid, quality }) => ({ rid, ssrc: 0, rtxSsrc: 0, quality }));
}
