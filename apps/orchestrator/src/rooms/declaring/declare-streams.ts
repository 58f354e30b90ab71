import { chooseLayer, forwardedBps, publishedBps } from '@chroom/signalling';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';

/**
 * Says what a participant sends or receives from now on, at most, from our own state. Call it after whatever changes a
 * track, a subscription or a layer: the record that the node is paid by hears of nothing else.
 */
export function declareSent(room: LiveRoom, publisher: Participant, track: PublishedTrack): void {
  const isSent = publisher.tracks.get(track.sid) === track && !track.info.muted;
  declare(room, publisher, 'sent', track.sid, isSent ? publishedBps(track.info) : 0);
}

export function declareReceived(
  room: LiveRoom,
  receiver: Participant,
  trackSid: string,
  track = room.publisherOf(trackSid)?.tracks.get(trackSid),
): void {
  const subscription = receiver.subscriptions.get(trackSid);
  const wish = track && subscription?.state === 'live' && !track.info.muted ? subscription.wish : undefined;
  const choice = track && wish && chooseLayer(wish, track.info.layers);
  const isReceived = track !== undefined && choice !== undefined && !choice.paused;
  const bps = isReceived ? forwardedBps(track.info, choice.maxQuality) : 0;
  const isWhole = isReceived && choice.maxFramesPerSecond === 0;
  const whole = isWhole ? (track.info.simulcast ? 'encoding' : 'track') : undefined;
  declare(room, receiver, 'received', trackSid, bps, whole);
}

/** A track was muted or unmuted: for its publisher and all that receive it. */
export function declareTrack(room: LiveRoom, publisher: Participant, track: PublishedTrack): void {
  declareSent(room, publisher, track);
  for (const receiver of room.participants.values()) {
    if (receiver.subscriptions.get(track.sid)?.state === 'live') declareReceived(room, receiver, track.sid, track);
  }
}

function declare(
  room: LiveRoom,
  { sid: session }: Participant,
  direction: 'received' | 'sent',
  track: string,
  bps: number,
  whole?: 'track' | 'encoding',
): void {
  const atMs = room.context.clock.nowMs();
  room.context.events.publishFact({ kind: 'stream', session, direction, track, bps, whole, atMs });
}
