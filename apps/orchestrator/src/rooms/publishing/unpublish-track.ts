import { TrackUnpublishedResponse } from '@livekit/protocol';
import { announce } from '../broadcast.js';
import { declareSent } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';
import { dropSubscriptionsTo, reconcileAll } from '../subscribing/reconcile-subscriptions.js';

/** Ends a track on the node and for its receivers; the room hears of it from the caller. */
export async function unpublishOnNode(room: LiveRoom, participant: Participant, track: PublishedTrack): Promise<void> {
  participant.tracks.delete(track.sid);
  declareSent(room, participant, track);
  track.dynacastTimer?.();
  await dropSubscriptionsTo(room, track.sid);
  await callNodeLeniently(room, `unpublish ${track.sid}`, (node, options) =>
    node.unpublish({ fence: fenceOf(room), session: participant.sid, track: track.sid }, options),
  );
}

/** The server ends the track: the publisher is told to stop it. */
export async function forceUnpublish(room: LiveRoom, participant: Participant, track: PublishedTrack): Promise<void> {
  participant.send({ case: 'trackUnpublished', value: new TrackUnpublishedResponse({ trackSid: track.sid }) });
  await unpublishOnNode(room, participant, track);
  const info = announce(room, participant);
  room.publishEvent('track_unpublished', { participant: info, track: track.info.clone() });
  await reconcileAll(room);
}
