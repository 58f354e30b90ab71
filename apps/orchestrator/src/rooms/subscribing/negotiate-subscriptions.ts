import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { offerSubscriptions } from './offer-subscriptions.js';
import { requestSections } from './require-sections.js';

/** Changes within this time are negotiated together. */
const debounceMs = 150;
/** The node's own offers cost one round trip only; they wait just long enough to gather one burst. */
const offerDebounceMs = 20;

/** The subscriptions of a participant changed: get a new offer from the client, or make one (dual-PC). */
export function negotiateSubscriptions(room: LiveRoom, participant: Participant): void {
  // Before the first description the coming one carries the changes by itself.
  const hasStarted = participant.isDual ? participant.subscriber.local : participant.publisher.remote;
  if (!hasStarted || participant.hasTimer('negotiation')) return;
  const delayMs = participant.isDual ? offerDebounceMs : debounceMs;
  participant.setTimer(
    'negotiation',
    room.context.timers.after(delayMs, () => {
      participant.clearTimer('negotiation');
      room.soon('negotiate subscriptions', () =>
        participant.isDual ? offerSubscriptions(room, participant) : requestSections(room, participant),
      );
    }),
  );
}
