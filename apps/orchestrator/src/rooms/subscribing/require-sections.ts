import { MediaSectionsRequirement } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';

/** Single-PC, after a change: asks the client for an offer, and for more sections where they are missing. */
export function requestSections(room: LiveRoom, participant: Participant): void {
  if (!participant.publisher.remote || !room.participants.has(participant.sid)) return;
  sendRequirement(participant, missingSections(participant));
}

/**
 * Single-PC, after an answer: asks again only when tracks still wait. The same requirement for the same offer is not
 * repeated, so that a client that cannot add sections does not offer for ever.
 */
export function requireSections(room: LiveRoom, participant: Participant): void {
  const missing = missingSections(participant);
  if (missing.audio === 0 && missing.video === 0) {
    participant.lastRequirement = '';
    return;
  }
  const requirement = `${missing.audio}/${missing.video}/${participant.publisher.remote?.sections.length}`;
  if (requirement === participant.lastRequirement) return;
  participant.lastRequirement = requirement;
  room.context.log.log(`${room.sid} ${participant.sid} needs ${missing.audio} audio, ${missing.video} video sections`);
  sendRequirement(participant, missing);
}

function missingSections(participant: Participant): { audio: number; video: number } {
  const waiting = { audio: 0, video: 0 };
  for (const { state, kind } of participant.subscriptions.values()) if (state === 'waiting') waiting[kind] += 1;
  return participant.receiveSections.missing(participant.publisher.remote, waiting);
}

function sendRequirement(participant: Participant, missing: { audio: number; video: number }): void {
  participant.send({
    case: 'mediaSectionsRequirement',
    value: new MediaSectionsRequirement({ numAudios: missing.audio, numVideos: missing.video }),
  });
}
