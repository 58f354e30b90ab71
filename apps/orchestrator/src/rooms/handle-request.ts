import { ChroomError } from '@chroom/protocol';
import { checkCandidate } from '@chroom/signalling';
import {
  DisconnectReason,
  LeaveRequest_Action,
  RequestResponse,
  RequestResponse_Reason,
  type SignalRequest,
  type TrackInfo,
} from '@livekit/protocol';
import { announce } from './broadcast.js';
import { applySyncState } from './joining/sync-state.js';
import { mediaLost } from './leaving/drop-connection.js';
import { removeParticipant } from './leaving/remove-participant.js';
import { updateOwnMetadata } from './participants/update-own-metadata.js';
import { addTrack } from './publishing/add-track.js';
import { applyOffer, readOffer } from './publishing/apply-offer.js';
import { muteByClient } from './publishing/mute-track.js';
import { simulateScenario } from './simulate-scenario.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';
import { applySubscriberAnswer } from './subscribing/offer-subscriptions.js';
import { updateAudience } from './subscribing/update-audience.js';
import { updateSubscription } from './subscribing/update-subscription.js';
import { updateTrackSettings } from './subscribing/update-track-settings.js';

/** One message of a client; runs in the room's queue. Pings never come here: the connection answers them itself. */
export async function handleRequest(room: LiveRoom, participant: Participant, request: SignalRequest): Promise<void> {
  if (!room.participants.has(participant.sid)) return;
  try {
    await dispatch(room, participant, request.message);
  } catch (error) {
    await explain(room, participant, request, error);
  }
}

async function dispatch(room: LiveRoom, participant: Participant, message: SignalRequest['message']): Promise<void> {
  switch (message.case) {
    case 'offer':
      return applyOffer(room, participant, readOffer(message.value));
    case 'answer':
      return applySubscriberAnswer(room, participant, message.value);
    case 'addTrack':
      return addTrack(room, participant, message.value);
    case 'mute':
      return muteByClient(room, participant, message.value);
    case 'subscription':
      return updateSubscription(room, participant, message.value);
    case 'trackSetting':
      return updateTrackSettings(room, participant, message.value);
    case 'subscriptionPermission':
      return updateAudience(room, participant, message.value);
    case 'updateMetadata':
      return updateOwnMetadata(room, participant, message.value);
    case 'updateAudioTrack':
      return updateAudioFeatures(room, participant, message.value);
    case 'updateVideoTrack':
      return updateVideoSize(room, participant, message.value);
    case 'syncState':
      await applySyncState(room, participant, message.value);
      return;
    case 'leave':
      return removeParticipant(room, participant, DisconnectReason.CLIENT_INITIATED);
    case 'publishDataTrackRequest':
      return refuseDataTrack(participant, message.value);
    case 'simulate':
      return simulateScenario(room, participant, message.value);
    case 'trickle':
      // The node is ICE-lite: it learns the client's addresses from its connectivity checks.
      return checkCandidate(message.value.candidateInit);
    default:
      return;
  }
}

type AudioUpdate = Extract<SignalRequest['message'], { case: 'updateAudioTrack' }>['value'];
type VideoUpdate = Extract<SignalRequest['message'], { case: 'updateVideoTrack' }>['value'];
type DataTrackRequest = Extract<SignalRequest['message'], { case: 'publishDataTrackRequest' }>['value'];

/** What a participant may claim about an audio track; LiveKit knows ten features. */
const maxAudioFeatures = 16;

function updateAudioFeatures(room: LiveRoom, participant: Participant, { trackSid, features }: AudioUpdate): void {
  changeTrack(room, participant, trackSid, (info) => {
    info.audioFeatures = features.slice(0, maxAudioFeatures);
  });
}

function updateVideoSize(room: LiveRoom, participant: Participant, { trackSid, width, height }: VideoUpdate): void {
  changeTrack(room, participant, trackSid, (info) => {
    info.width = width;
    info.height = height;
  });
}

/** Of a published track the room hears at once; an announced one takes it along. @throws ChroomError TRACK_UNKNOWN. */
function changeTrack(
  room: LiveRoom,
  participant: Participant,
  trackSid: string,
  change: (info: TrackInfo) => void,
): void {
  const track = participant.trackOf(trackSid);
  track.info = track.info.clone();
  change(track.info);
  if (participant.tracks.has(trackSid)) announce(room, participant);
}

function refuseDataTrack(participant: Participant, request: DataTrackRequest): void {
  participant.send({
    case: 'requestResponse',
    value: new RequestResponse({
      reason: RequestResponse_Reason.UNSUPPORTED_TYPE,
      message: 'UNIMPLEMENTED: data tracks are not offered by this server; use data packets or streams.',
      request: { case: 'publishDataTrack', value: request },
    }),
  });
}

/** What went wrong, to the one who asked. A session description that cannot be used ends the session: nothing works without. */
async function explain(
  room: LiveRoom,
  participant: Participant,
  request: SignalRequest,
  error: unknown,
): Promise<void> {
  const known =
    error instanceof ChroomError ? error : new ChroomError('INTERNAL', 'A fault of ours.', { cause: error });
  room.context.log.warn(`${room.sid} ${participant.sid} ${request.message.case}: ${known.code} ${known.message}`);
  if (known.code === 'INTERNAL') room.context.log.error(known.cause ?? known);
  participant.send({
    case: 'requestResponse',
    value: new RequestResponse({
      reason: reasonOf(known),
      message: `${known.code}: ${known.message}`,
      request: echoOf(request.message),
    }),
  });
  if (known.code === 'SDP_INVALID') {
    await removeParticipant(room, participant, {
      reason: DisconnectReason.MEDIA_FAILURE,
      action: LeaveRequest_Action.DISCONNECT,
    });
  } else if (request.message.case === 'offer' || request.message.case === 'answer') {
    // The node could not take it: the client comes back and offers again.
    mediaLost(room, participant);
  }
}

/** The request itself, where an answer can carry it, so that the client knows what was refused. */
function echoOf(message: SignalRequest['message']): RequestResponse['request'] {
  switch (message.case) {
    case 'trickle':
    case 'addTrack':
    case 'mute':
    case 'updateMetadata':
    case 'updateAudioTrack':
    case 'updateVideoTrack':
      return message;
    default:
      return { case: undefined };
  }
}

function reasonOf(error: ChroomError): RequestResponse_Reason {
  switch (error.code) {
    case 'SDP_INVALID':
    case 'INVALID_ARGUMENT':
      return RequestResponse_Reason.INVALID_REQUEST;
    case 'CODEC_UNSUPPORTED':
      return RequestResponse_Reason.UNSUPPORTED_TYPE;
    case 'PERMISSION_DENIED':
      return RequestResponse_Reason.NOT_ALLOWED;
    case 'TRACK_UNKNOWN':
      return RequestResponse_Reason.NOT_FOUND;
    case 'LIMIT_EXCEEDED':
      return RequestResponse_Reason.LIMIT_EXCEEDED;
    default:
      return RequestResponse_Reason.UNCLASSIFIED_ERROR;
  }
}
