import { DisconnectReason, LeaveRequest_Action, type SyncState, UpdateTrackSettings } from '@livekit/protocol';
import { removeParticipant } from '../leaving/remove-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { updateSubscription } from '../subscribing/update-subscription.js';
import { updateTrackSettings } from '../subscribing/update-track-settings.js';

/**
 * What the client believes after a resume. A track that we do not know cannot be mended by signalling: the client joins
 * anew.
 * @returns false when the participant was sent away.
 */
export async function applySyncState(room: LiveRoom, participant: Participant, sync: SyncState): Promise<boolean> {
  const known = new Set([...participant.tracks.keys(), ...participant.awaited.map(({ sid }) => sid)]);
  const claimed = sync.publishTracks.flatMap(({ track }) => (track ? [track.sid] : []));
  const isUnknown = claimed.some((sid) => !known.has(sid)) || sync.publishDataTracks.length > 0;
  if (isUnknown) {
    await removeParticipant(room, participant, {
      reason: DisconnectReason.STATE_MISMATCH,
      action: LeaveRequest_Action.RECONNECT,
    });
    return false;
  }
  if (sync.trackSidsDisabled.length > 0) {
    const disabled = new UpdateTrackSettings({ trackSids: sync.trackSidsDisabled, disabled: true });
    await updateTrackSettings(room, participant, disabled);
  }
  // With auto-subscribe a client lists what it does not want (subscribe false), else what it wants: plain wishes.
  if (sync.subscription) await updateSubscription(room, participant, sync.subscription);
  return true;
}
