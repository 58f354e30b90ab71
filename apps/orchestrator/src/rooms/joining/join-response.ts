import { JoinResponse } from '@livekit/protocol';
import { describeParticipant } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { pingIntervalSec, pingTimeoutSec, publishCodecs, serverInfoOf } from './server-info.js';

/** Bytes that end an injected frame of an end-to-end encrypted call; random per join. */
const sifTrailerBytes = 16;

export function joinResponse(room: LiveRoom, participant: Participant): JoinResponse {
  const serverInfo = serverInfoOf(room);
  return new JoinResponse({
    room: room.describe(),
    participant: describeParticipant(participant),
    otherParticipants: room
      .others(participant)
      .filter((other) => other.visible)
      .map((other) => describeParticipant(other)),
    serverVersion: serverInfo.version,
    serverRegion: serverInfo.region,
    serverInfo,
    iceServers: [],
    subscriberPrimary: participant.isDual && participant.permission.canSubscribe,
    pingInterval: pingIntervalSec,
    pingTimeout: pingTimeoutSec,
    sifTrailer: room.context.random(sifTrailerBytes),
    enabledPublishCodecs: publishCodecs(),
    fastPublish: participant.permission.canPublish,
  });
}
