import { DisconnectReason, type ParticipantInfo, ParticipantUpdate, RoomUpdate } from '@livekit/protocol';
import type { ServerMessage } from './signal-sink.js';
import { describeParticipant } from './state/describe-participant.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';

/** To everyone whose join response is out. */
export function broadcast(room: LiveRoom, message: ServerMessage, except?: Participant): void {
  for (const participant of room.participants.values()) {
    if (participant !== except && participant.state !== 'joining') participant.send(message);
  }
}

/** Tells the room, and the participant itself, what the participant is now. Always with a newer version. */
export function announce(room: LiveRoom, participant: Participant): ParticipantInfo {
  participant.version += 1;
  const info = describeParticipant(participant);
  const message = updateOf([info]);
  if (participant.visible) broadcast(room, message, participant);
  if (participant.state !== 'joining') participant.send(message);
  return info;
}

/** Tells the others that a participant is gone (or no longer visible). */
export function announceGone(room: LiveRoom, participant: Participant, reason: DisconnectReason): ParticipantInfo {
  participant.version += 1;
  const info = describeParticipant(participant, reason);
  info.tracks = [];
  broadcast(room, updateOf([info]), participant);
  return info;
}

export function broadcastRoom(room: LiveRoom): void {
  broadcast(room, { case: 'roomUpdate', value: new RoomUpdate({ room: room.describe() }) });
}

/** Counts of a busy room change often; clients hear of them once a second at most. */
const countsEveryMs = 1000;

/** The number of participants or publishers changed. */
export function broadcastRoomSoon(room: LiveRoom): void {
  room.countsTimer ??= room.context.timers.after(countsEveryMs, () => {
    room.countsTimer = undefined;
    room.soon('room update', () => broadcastRoom(room));
  });
}

export function updateOf(participants: ParticipantInfo[]): ServerMessage {
  return { case: 'update', value: new ParticipantUpdate({ participants }) };
}
