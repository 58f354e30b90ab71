import { type SubscriptionPermission, SubscriptionPermissionUpdate } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { mayHear } from './may-subscribe.js';
import { reconcileAll } from './reconcile-subscriptions.js';

/** `subscription_permission`: the publisher decides who may receive its tracks. Receivers are told what changed. */
export async function updateAudience(
  room: LiveRoom,
  publisher: Participant,
  audience: SubscriptionPermission,
): Promise<void> {
  const before = publisher.audience;
  publisher.audience = audience;
  if (before.equals(audience)) return;
  for (const receiver of room.others(publisher)) {
    for (const trackSid of publisher.tracks.keys()) {
      const allowed = mayHear(audience, receiver, trackSid);
      if (allowed === mayHear(before, receiver, trackSid)) continue;
      receiver.send({
        case: 'subscriptionPermissionUpdate',
        value: new SubscriptionPermissionUpdate({ participantSid: publisher.sid, trackSid, allowed }),
      });
    }
  }
  await reconcileAll(room);
}
