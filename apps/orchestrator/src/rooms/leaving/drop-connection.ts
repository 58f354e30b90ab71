import { control } from '@chroom/protocol';
import { DisconnectReason, LeaveRequest_Action } from '@livekit/protocol';
import type { SignalSink } from '../signal-sink.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { removeParticipant } from './remove-participant.js';
import { sendLeave } from './send-leave.js';

/** How long a client without working media may take to come back. */
export const resumeMs = 5000;

/** The signalling connection ended without a leave. While media flows, the session waits; the node watches it. */
export function signalLost(room: LiveRoom, participant: Participant, sink: SignalSink): void {
  if (participant.sink !== sink) return;
  participant.sink = undefined;
  if (!hasMedia(participant)) awaitResume(room, participant, DisconnectReason.SIGNAL_CLOSE);
}

/** Media failed: the client is asked to resume, and removed when it does not. */
export function mediaLost(room: LiveRoom, participant: Participant): void {
  if (participant.sink) {
    sendLeave(participant.sink, { reason: DisconnectReason.CONNECTION_TIMEOUT, action: LeaveRequest_Action.RESUME });
    participant.sink = undefined;
  }
  awaitResume(room, participant, DisconnectReason.CONNECTION_TIMEOUT);
}

function awaitResume(room: LiveRoom, participant: Participant, reason: DisconnectReason): void {
  participant.setTimer(
    'resume',
    room.context.timers.after(resumeMs, () =>
      room.soon('remove a participant that did not resume', () => removeParticipant(room, participant, reason)),
    ),
  );
}

function hasMedia(participant: Participant): boolean {
  return [participant.publisher, participant.subscriber].some(
    ({ state }) => state === control.TransportState.CONNECTED || state === control.TransportState.DISCONNECTED,
  );
}
