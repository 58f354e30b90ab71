import {
  chooseLayer,
  initialDynacast,
  stepDynacast,
  subscribedQualityUpdate,
  type WatchedQuality,
} from '@chroom/signalling';
import type { LiveRoom } from '../state/live-room.js';
import type { PublishedTrack } from '../state/media-state.js';
import type { Participant } from '../state/participant.js';

/** Tells the publisher of a video which of its layers anyone watches. Call it whenever subscribers or wishes change. */
export function reportDynacast(room: LiveRoom, publisher: Participant, track: PublishedTrack): void {
  if (track.kind !== 'video') return;
  const watched = watchedQuality(room, track);
  const step = stepDynacast(track.dynacast, watched, room.context.clock.nowMs());
  track.dynacast = step.state;
  track.dynacastTimer?.();
  track.dynacastTimer = undefined;
  if (step.tell) tell(publisher, track);
  if (step.againInMs > 0) {
    track.dynacastTimer = room.context.timers.after(step.againInMs, () =>
      room.soon('dynacast', () => {
        if (publisher.tracks.get(track.sid) === track) reportDynacast(room, publisher, track);
      }),
    );
  }
}

/** After a resume: what was said while the client was away is said again. */
export function repeatDynacast(publisher: Participant): void {
  for (const track of publisher.tracks.values()) {
    if (track.kind === 'video' && track.dynacast !== initialDynacast) tell(publisher, track);
  }
}

/** Only the codec that is published: naming a backup codec would make the client publish it. */
function tell(publisher: Participant, track: PublishedTrack): void {
  const value = subscribedQualityUpdate(track.sid, [track.info.mimeType], track.dynacast.told);
  publisher.send({ case: 'subscribedQualityUpdate', value });
}

function watchedQuality(room: LiveRoom, track: PublishedTrack): WatchedQuality {
  let watched: WatchedQuality = 'nobody';
  for (const receiver of room.participants.values()) {
    const subscription = receiver.subscriptions.get(track.sid);
    if (!subscription || subscription.state === 'refused') continue;
    const choice = chooseLayer(subscription.wish, track.info.layers);
    if (choice.paused) continue;
    if (watched === 'nobody' || choice.maxQuality > watched) watched = choice.maxQuality as WatchedQuality;
  }
  return watched;
}
