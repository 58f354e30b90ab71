import { chooseLayer, type LayerWish } from '@chroom/signalling';
import type { UpdateTrackSettings } from '@livekit/protocol';
import { declareReceived } from '../declaring/declare-streams.js';
import { callNodeLeniently, fenceOf } from '../node-call.js';
import { reportDynacast } from '../reporting/report-dynacast.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Subscription } from '../state/media-state.js';
import { maxWishes, type Participant } from '../state/participant.js';

/** `track_setting`: what the client shows of its tracks. Kept for tracks whose subscription is still to come. */
export async function updateTrackSettings(
  room: LiveRoom,
  participant: Participant,
  request: UpdateTrackSettings,
): Promise<void> {
  const wish: LayerWish = {
    disabled: request.disabled,
    quality: request.quality,
    width: request.width,
    height: request.height,
    framesPerSecond: request.fps,
  };
  for (const trackSid of request.trackSids) {
    participant.layerWishes.delete(trackSid);
    participant.layerWishes.set(trackSid, wish);
    const subscription = participant.subscriptions.get(trackSid);
    if (subscription) await applyWish(room, participant, subscription, wish);
  }
  for (const oldest of participant.layerWishes.keys()) {
    if (participant.layerWishes.size <= maxWishes) break;
    participant.layerWishes.delete(oldest);
  }
}

async function applyWish(
  room: LiveRoom,
  participant: Participant,
  subscription: Subscription,
  wish: LayerWish,
): Promise<void> {
  subscription.wish = wish;
  const publisher = room.publisherOf(subscription.trackSid);
  const track = publisher?.tracks.get(subscription.trackSid);
  if (!publisher || !track) return;
  reportDynacast(room, publisher, track);
  if (subscription.state !== 'live') return;
  declareReceived(room, participant, track.sid, track);
  const choice = chooseLayer(wish, track.info.layers);
  await callNodeLeniently(room, `layers of ${track.sid}`, (node, options) =>
    node.updateSubscription(
      {
        fence: fenceOf(room),
        session: participant.sid,
        track: track.sid,
        paused: choice.paused,
        maxQuality: choice.maxQuality,
        maxFps: choice.maxFramesPerSecond,
      },
      options,
    ),
  );
}
