import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { offerSubscriptions } from './offer-subscriptions.js';
import { requestSections } from './require-sections.js';

/** One burst of changes is negotiated together. */
const gatherMs = 20;
/** Single-PC negotiations of one client are at least so long apart: each costs the client an offer. */
const pauseMs = 150;

/** The subscriptions of a participant changed: get a new offer from the client, or make one (dual-PC). */
export function negotiateSubscriptions(room: LiveRoom, participant: Participant): void {
  // Before the first description the coming one carries the changes by itself.
  const hasStarted = participant.isDual ? participant.subscriber.local : participant.publisher.remote;
  if (!hasStarted || participant.hasTimer('negotiation')) return;
  const { clock, timers } = room.context;
  const pausedMs = participant.isDual ? 0 : participant.negotiatedAtMs + pauseMs - clock.nowMs();
  const delayMs = Math.max(gatherMs, Math.min(pausedMs, pauseMs));
  participant.setTimer(
    'negotiation',
    timers.after(delayMs, () => {
      participant.clearTimer('negotiation');
      participant.negotiatedAtMs = clock.nowMs();
      room.soon('negotiate subscriptions', () =>
        participant.isDual ? offerSubscriptions(room, participant) : requestSections(room, participant),
      );
    }),
  );
}
