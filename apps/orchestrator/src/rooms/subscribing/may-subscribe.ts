import type { SubscriptionPermission } from '@livekit/protocol';
import type { PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';

/** Whether the receiver wants the track, the token lets it have it and the publisher shares it. */
export function shouldSubscribe(receiver: Participant, publisher: Participant, track: PublishedTrack): boolean {
  if (receiver === publisher || !publisher.visible) return false;
  if (receiver.state !== 'joined' && receiver.state !== 'active') return false;
  if (!receiver.permission.canSubscribe) return false;
  if (!mayHear(publisher.audience, receiver, track.sid)) return false;
  return receiver.wishes.get(track.sid) ?? receiver.autoSubscribe;
}

/** `subscription_permission` of the publisher, for one receiver and track. */
export function mayHear(audience: SubscriptionPermission, receiver: Participant, trackSid: string): boolean {
  if (audience.allParticipants) return true;
  return audience.trackPermissions.some((permission) => {
    const isMeant =
      permission.participantSid === receiver.sid ||
      (permission.participantIdentity !== '' && permission.participantIdentity === receiver.identity);
    return isMeant && (permission.allTracks || permission.trackSids.includes(trackSid));
  });
}
