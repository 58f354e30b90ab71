import type { UpdateSubscription } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import { maxWishes, type Participant } from '../state/participant.js';
import { reconcile } from './reconcile-subscriptions.js';

/** The participant (or an admin for it) asks for tracks or no longer wants them. Unknown sids wait for their track. */
export async function updateSubscription(
  room: LiveRoom,
  participant: Participant,
  request: Pick<UpdateSubscription, 'trackSids' | 'participantTracks' | 'subscribe'>,
): Promise<void> {
  const trackSids = [...request.trackSids, ...request.participantTracks.flatMap(({ trackSids: sids }) => sids)];
  for (const trackSid of trackSids) {
    // A refused subscription is tried again when the client asks again.
    if (participant.subscriptions.get(trackSid)?.state === 'refused') participant.subscriptions.delete(trackSid);
    participant.wishes.delete(trackSid);
    participant.wishes.set(trackSid, request.subscribe);
  }
  for (const oldest of participant.wishes.keys()) {
    if (participant.wishes.size <= maxWishes) break;
    participant.wishes.delete(oldest);
  }
  await reconcile(room, participant);
}
