import type { Description, MediaSection, SectionUse } from '@chroom/signalling';
import { declareReceived } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Subscription } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';
import { attachSubscription, outgoingStream } from './attach-subscription.js';

/** Single-PC: puts waiting tracks on the client's free recvonly sections and notes what every section carries. */
export async function settleReceiveSections(
  room: LiveRoom,
  participant: Participant,
  offer: Description,
  uses: Map<string, SectionUse>,
): Promise<void> {
  await detachLost(room, participant, offer);
  for (const subscription of participant.subscriptions.values()) {
    if (subscription.state !== 'waiting') continue;
    const section = participant.receiveSections.assign(offer, subscription.kind, subscription.trackSid);
    if (!section) continue;
    await attach(room, participant, subscription, section);
  }
  for (const subscription of participant.subscriptions.values()) {
    if (subscription.state !== 'live') continue;
    uses.set(subscription.mid, {
      use: 'subscribe',
      codecs: subscription.codecs,
      stream: outgoingStream(room, subscription),
    });
  }
}

async function attach(
  room: LiveRoom,
  participant: Participant,
  subscription: Subscription,
  section: MediaSection,
): Promise<void> {
  let isAttached = false;
  try {
    isAttached = await attachSubscription(
      room,
      participant,
      participant.publisher,
      subscription,
      section.mid,
      section.codecs,
    );
  } finally {
    if (!isAttached) participant.receiveSections.release(subscription.trackSid);
  }
}

/** The client took sections back (it stopped them): their tracks wait for others. */
async function detachLost(room: LiveRoom, participant: Participant, offer: Description): Promise<void> {
  for (const trackSid of participant.receiveSections.lost(offer)) {
    participant.receiveSections.release(trackSid);
    const subscription = participant.subscriptions.get(trackSid);
    if (!subscription) continue;
    subscription.state = 'waiting';
    subscription.mid = '';
    declareReceived(room, participant, trackSid);
    await callNodeLeniently(room, `unsubscribe ${trackSid}`, (node, options) =>
      node.unsubscribe({ fence: fenceOf(room), session: participant.sid, track: trackSid }, options),
    );
  }
}
