import { ChroomError } from '@chroom/protocol';
import { MuteTrackRequest, type TrackInfo } from '@livekit/protocol';
import { announce } from '../broadcast.js';
import { declareTrack } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';

/** The client muted or unmuted one of its tracks, announced or published. @throws ChroomError TRACK_UNKNOWN. */
export async function muteByClient(room: LiveRoom, participant: Participant, request: MuteTrackRequest): Promise<void> {
  const track = participant.trackOf(request.sid);
  if (!participant.tracks.has(request.sid)) {
    track.info = track.info.clone();
    track.info.muted = request.muted;
    return;
  }
  await setMuted(room, participant, request.sid, request.muted);
}

/**
 * An admin muted the track: the node stops forwarding at once and the client is told.
 * @throws ChroomError TRACK_UNKNOWN, UNMUTE_NOT_ALLOWED.
 */
export async function muteByServer(
  room: LiveRoom,
  participant: Participant,
  trackSid: string,
  muted: boolean,
): Promise<TrackInfo> {
  const track = participant.tracks.get(trackSid);
  if (!track)
    throw new ChroomError('TRACK_UNKNOWN', `Expected a published track of ${participant.identity}, got ${trackSid}.`);
  if (!muted && track.info.muted && !room.context.settings.remoteUnmute) {
    throw new ChroomError(
      'UNMUTE_NOT_ALLOWED',
      'Remote unmute is off; set CHROOM_ROOM_REMOTE_UNMUTE=true to allow it.',
    );
  }
  participant.send({ case: 'mute', value: new MuteTrackRequest({ sid: trackSid, muted }) });
  await setMuted(room, participant, trackSid, muted);
  return track.info.clone();
}

async function setMuted(room: LiveRoom, participant: Participant, trackSid: string, muted: boolean): Promise<void> {
  const track = participant.tracks.get(trackSid);
  if (!track || track.info.muted === muted) return;
  track.info = track.info.clone();
  track.info.muted = muted;
  declareTrack(room, participant, track);
  announce(room, participant);
  await callNodeLeniently(room, `mute ${trackSid}`, (node, options) =>
    node.updatePublication({ fence: fenceOf(room), session: participant.sid, track: trackSid, muted }, options),
  );
}
