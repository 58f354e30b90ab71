import type { control } from '@chroom/protocol';
import { SpeakerInfo, SpeakersChanged } from '@livekit/protocol';
import { broadcast } from '../broadcast.js';
import type { LiveRoom } from '../state/live-room.js';

/** Deltas as the node measured them; a stopped speaker has level 0. Hidden participants are not told of. */
export function reportSpeakers(room: LiveRoom, changes: readonly control.Speaker[]): void {
  const speakers = changes
    .filter(({ session }) => room.participants.get(session)?.visible)
    .map(
      ({ session, level, active }) =>
        new SpeakerInfo({ sid: session, active, level: active ? Math.min(1, Math.max(0, level)) : 0 }),
    );
  if (speakers.length === 0) return;
  broadcast(room, { case: 'speakersChanged', value: new SpeakersChanged({ speakers }) });
}
