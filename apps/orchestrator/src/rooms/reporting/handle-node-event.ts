import { control } from '@chroom/protocol';
import { announce, broadcastRoomSoon } from '../broadcast.js';
import { mediaLost } from '../leaving/drop-connection.js';
import { sessionEnded } from '../leaving/end-lost-sessions.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { reconcileAll } from '../subscribing/reconcile-subscriptions.js';
import { reportSpeakers } from './report-speakers.js';

/** One event of the room's media node. Events of sessions that are gone mean nothing. */
export async function handleNodeEvent(room: LiveRoom, event: control.Event): Promise<void> {
  const participant = room.participants.get(event.session);
  const { kind } = event;
  if (kind.case === 'speakers') return reportSpeakers(room, kind.value.speakers);
  if (!participant) return;
  switch (kind.case) {
    case 'transportState':
      return transportChanged(room, participant, kind.value);
    case 'statistics':
      participant.statistics = kind.value;
      return;
    case 'sessionEnded':
      return sessionEnded(room, participant);
    default:
      // Started tracks, active layers and opened channels change nothing that clients are told.
      return;
  }
}

async function transportChanged(
  room: LiveRoom,
  participant: Participant,
  change: control.TransportStateChanged,
): Promise<void> {
  const isSubscriber = change.role === control.TransportRole.SUBSCRIBER;
  const side = isSubscriber ? participant.subscriber : participant.publisher;
  side.state = change.state;
  publishConnection(room, participant);
  switch (change.state) {
    case control.TransportState.CONNECTED:
      participant.clearTimer('resume');
      if (side === participant.primary) await activate(room, participant);
      return;
    case control.TransportState.FAILED:
    case control.TransportState.CLOSED:
      room.context.log.log(`${room.sid} ${participant.sid} lost media: ${change.reason}`);
      return mediaLost(room, participant);
    default:
      return;
  }
}

/** One working connection is enough for media to flow. */
function publishConnection(room: LiveRoom, participant: Participant): void {
  const isConnected = [participant.publisher, participant.subscriber].some(
    ({ state }) => state === control.TransportState.CONNECTED,
  );
  const atMs = room.context.clock.nowMs();
  room.context.events.publishFact({ kind: 'connection', session: participant.sid, isConnected, atMs });
}

/** The primary connection carries media: from now on others know of the participant. */
async function activate(room: LiveRoom, participant: Participant): Promise<void> {
  if (!participant.moveTo('active')) return;
  participant.clearTimer('activation');
  const info = announce(room, participant);
  room.publishEvent('participant_joined', { participant: info });
  broadcastRoomSoon(room);
  await reconcileAll(room);
}
