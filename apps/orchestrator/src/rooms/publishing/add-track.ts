import { newTrackSid, refusalOf, trackInfoFromRequest } from '@chroom/signalling';
import {
  type AddTrackRequest,
  type ParticipantPermission,
  RequestResponse,
  RequestResponse_Reason,
  type TrackInfo,
  TrackPublishedResponse,
  TrackSource,
} from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';

/** Tracks that one participant may have, announced and published together; the bound of the node. */
const maxTracks = 32;

/** `add_track`: answered at once with the track's sid; the section follows in an offer. */
export function addTrack(room: LiveRoom, participant: Participant, request: AddTrackRequest): void {
  const refusal = refuse(participant, request);
  if (refusal) {
    participant.send({
      case: 'requestResponse',
      value: new RequestResponse({ ...refusal, request: { case: 'addTrack', value: request } }),
    });
    return;
  }
  participant.send({
    case: 'trackPublished',
    value: new TrackPublishedResponse({ cid: request.cid, track: infoFor(room, participant, request) }),
  });
}

/** The same cid again gets the same track. */
function infoFor(room: LiveRoom, participant: Participant, request: AddTrackRequest): TrackInfo {
  const awaited = participant.awaited.find((track) => track.request.cid === request.cid);
  if (awaited) return awaited.info;
  for (const track of participant.tracks.values()) if (track.request.cid === request.cid) return track.info;
  const sid = newTrackSid(room.context.random, request.type, request.source);
  const info = trackInfoFromRequest(sid, request);
  participant.awaited.push({ sid, request, info });
  return info;
}

function refuse(
  participant: Participant,
  request: AddTrackRequest,
): { reason: RequestResponse_Reason; message: string } | undefined {
  const { permission } = participant;
  if (!mayPublish(permission, request.source)) {
    return {
      reason: RequestResponse_Reason.NOT_ALLOWED,
      message: `PERMISSION_DENIED: the token does not allow to publish ${TrackSource[request.source]}.`,
    };
  }
  const wrong = refusalOf(request);
  if (wrong) return { reason: RequestResponse_Reason.INVALID_REQUEST, message: `INVALID_ARGUMENT: ${wrong}.` };
  if (request.sid !== '') {
    // A second codec for a published track (backup codec) is not offered; the client goes on with the first one.
    return {
      reason: RequestResponse_Reason.UNSUPPORTED_TYPE,
      message: 'UNIMPLEMENTED: a further codec for a published track is not offered by this server.',
    };
  }
  if (participant.awaited.length + participant.tracks.size >= maxTracks) {
    return {
      reason: RequestResponse_Reason.LIMIT_EXCEEDED,
      message: `LIMIT_EXCEEDED: expected at most ${maxTracks} tracks of one participant.`,
    };
  }
  return undefined;
}

export function mayPublish(permission: ParticipantPermission, source: TrackSource): boolean {
  if (!permission.canPublish) return false;
  return permission.canPublishSources.length === 0 || permission.canPublishSources.includes(source);
}
