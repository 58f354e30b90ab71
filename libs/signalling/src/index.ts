export {
  type FrameKind,
  maxSignalMessageBytes,
  readSignalRequest,
  writeSignalResponse,
} from './frames/signal-frames.js';
export type { JoinParameters } from './join/join-parameters.js';
export { maxAttributesBytes, readJoinParameters } from './join/read-join-parameters.js';
export { mayMove, type ParticipantState, wireState } from './participant-state.js';
export {
  type QualityRating,
  type QualitySample,
  rateConnection,
  type StreamSample,
} from './quality/connection-quality.js';
export {
  type DynacastState,
  initialDynacast,
  stepDynacast,
  subscribedQualityUpdate,
  type WatchedQuality,
} from './quality/dynacast.js';
export { type AnswerPlan, answeredExtensions, answerSetup, buildAnswer, type SectionUse } from './sdp/build-answer.js';
export {
  buildSubscriberOffer,
  offerableCodecs,
  type SubscriberOfferPlan,
  type SubscriberSection,
} from './sdp/build-subscriber-offer.js';
export type * from './sdp/description.js';
export { forwardedCodecNames, isRedundancy, mimeTypeOf } from './sdp/forwarded-codecs.js';
export { acceptedExtensions, extensionUris, mergeExtensions } from './sdp/header-extensions.js';
export { withOpusWishes } from './sdp/opus-parameters.js';
export { parseDescription } from './sdp/parse-description.js';
export { mapPayloads, type PayloadPair, publishableCodecs } from './sdp/payload-map.js';
export { checkCandidate } from './sdp/read-candidate.js';
export type { LocalCandidate, LocalTransport, OutgoingStream } from './sdp/write-description.js';
export { ReceiveSections } from './sections/receive-sections.js';
export { newParticipantSid, newRoomSid, newTrackSid, type RandomBytes } from './sids.js';
export { forwardedBps, publishedBps } from './tracks/declared-bitrate.js';
export { chooseLayer, fullQuality, type LayerChoice, type LayerWish, simulcastStreams } from './tracks/layers.js';
export { type AwaitedTrack, matchTrack } from './tracks/match-track.js';
export { refusalOf, trackInfoFromRequest, withNegotiated } from './tracks/track-info.js';
