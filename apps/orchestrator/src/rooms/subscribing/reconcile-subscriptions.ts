import { fullQuality } from '@chroom/signalling';
import { TrackSubscribed } from '@livekit/protocol';
import { declareReceived } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import { reportDynacast } from '../reporting/report-dynacast.js';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack, Subscription } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';
import { shouldSubscribe } from './may-subscribe.js';
import { negotiateSubscriptions } from './negotiate-subscriptions.js';

/** Makes every participant's subscriptions what they should be now. */
export async function reconcileAll(room: LiveRoom): Promise<void> {
  for (const receiver of room.participants.values()) await reconcile(room, receiver);
}

/** Ends what should not be received any more, adds what should as waiting, and starts a negotiation if needed. */
export async function reconcile(room: LiveRoom, receiver: Participant): Promise<void> {
  if (receiver.state === 'joining' || receiver.state === 'disconnected') return;
  const wanted = wantedTracks(room, receiver);
  const ended = [...receiver.subscriptions.values()].filter(({ trackSid }) => !wanted.has(trackSid));
  for (const subscription of ended) await endSubscription(room, receiver, subscription);
  const added = addWaiting(room, receiver, wanted);
  if (ended.length > 0 || added > 0) negotiateSubscriptions(room, receiver);
}

/** A track ended: its receivers free their sections. */
export async function dropSubscriptionsTo(room: LiveRoom, trackSid: string): Promise<void> {
  for (const receiver of room.participants.values()) {
    const subscription = receiver.subscriptions.get(trackSid);
    if (!subscription) continue;
    await endSubscription(room, receiver, subscription);
    negotiateSubscriptions(room, receiver);
  }
}

interface WantedTrack {
  readonly publisher: Participant;
  readonly track: PublishedTrack;
}

function wantedTracks(room: LiveRoom, receiver: Participant): Map<string, WantedTrack> {
  const wanted = new Map<string, WantedTrack>();
  for (const publisher of room.participants.values()) {
    for (const track of publisher.tracks.values()) {
      if (shouldSubscribe(receiver, publisher, track)) wanted.set(track.sid, { publisher, track });
    }
  }
  return wanted;
}

function addWaiting(room: LiveRoom, receiver: Participant, wanted: ReadonlyMap<string, WantedTrack>): number {
  let added = 0;
  for (const [trackSid, { publisher, track }] of wanted) {
    if (receiver.subscriptions.has(trackSid)) continue;
    receiver.subscriptions.set(trackSid, {
      trackSid,
      publisherSid: publisher.sid,
      kind: track.kind,
      state: 'waiting',
      mid: '',
      ssrc: 0,
      rtxSsrc: 0,
      codecs: [],
      wish: receiver.layerWishes.get(trackSid) ?? fullQuality,
    });
    added += 1;
    tellPublisher(publisher, track);
    // A raise must reach the publisher before the node asks it for a key frame.
    reportDynacast(room, publisher, track);
  }
  return added;
}

function tellPublisher(publisher: Participant, track: PublishedTrack): void {
  if (track.subscribedTold) return;
  track.subscribedTold = true;
  publisher.send({ case: 'trackSubscribed', value: new TrackSubscribed({ trackSid: track.sid }) });
}

async function endSubscription(room: LiveRoom, receiver: Participant, subscription: Subscription): Promise<void> {
  const { trackSid } = subscription;
  receiver.subscriptions.delete(trackSid);
  receiver.receiveSections.release(trackSid);
  receiver.subscriberSections.release(trackSid);
  if (subscription.state === 'live') declareReceived(room, receiver, trackSid);
  if (subscription.state === 'live') {
    await callNodeLeniently(room, `unsubscribe ${trackSid}`, (node, options) =>
      node.unsubscribe({ fence: fenceOf(room), session: receiver.sid, track: trackSid }, options),
    );
  }
  const publisher = room.publisherOf(trackSid);
  const track = publisher?.tracks.get(trackSid);
  if (publisher && track) reportDynacast(room, publisher, track);
}
