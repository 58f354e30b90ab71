import { ReconnectResponse, RoomUpdate } from '@livekit/protocol';
import { updateOf } from '../broadcast.js';
import { applyOffer } from '../publishing/apply-offer.js';
import { repeatDynacast } from '../reporting/report-dynacast.js';
import type { SignalSink } from '../signal-sink.js';
import { describeParticipant } from '../state/describe-participant.js';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { reofferSubscriptions } from '../subscribing/offer-subscriptions.js';
import type { Admission } from './admission.js';
import { refreshToken } from './refresh-token.js';
import { serverInfoOf } from './server-info.js';
import { applySyncState } from './sync-state.js';

/**
 * The client of a live session is back on a new connection. `reconnect` goes first, because clients drop everything
 * before it; then who is here now and who left meanwhile. Media was never touched.
 * @returns undefined when there is no such session: the client must join anew.
 */
export function resumeSession(room: LiveRoom, admission: Admission, sink: SignalSink): Participant | undefined {
  const participant = room.participants.get(admission.join.participantSid);
  if (!participant || participant.identity !== admission.claims.identity) return undefined;
  if (participant.state !== 'joined' && participant.state !== 'active') return undefined;
  const old = participant.sink;
  participant.sink = sink;
  if (old !== sink) old?.close();
  participant.clearTimer('resume');
  // lastMessageSeq stays 0: the client sends again what it still holds, and the node drops what it had already.
  participant.send({
    case: 'reconnect',
    value: new ReconnectResponse({ iceServers: [], serverInfo: serverInfoOf(room) }),
  });
  participant.send(updateOf(everyone(room, participant)));
  participant.send({ case: 'roomUpdate', value: new RoomUpdate({ room: room.describe() }) });
  room.context.log.log(`${room.sid} ${participant.sid} resumed`);
  return participant;
}

/** Runs after the upgrade: the token, what came bundled, and in dual-PC mode the subscriber connection's ICE restart. */
export async function continueSession(room: LiveRoom, participant: Participant, admission: Admission): Promise<void> {
  await refreshToken(room, participant);
  repeatDynacast(participant);
  if (admission.join.syncState && !(await applySyncState(room, participant, admission.join.syncState))) return;
  if (admission.offer) await applyOffer(room, participant, admission.offer);
  if (participant.isDual && participant.permission.canSubscribe) await reofferSubscriptions(room, participant);
}

function everyone(room: LiveRoom, participant: Participant) {
  const present = [participant, ...room.others(participant).filter((other) => other.visible)];
  const departed = room.departed.list(room.context.clock.nowMs(), new Set(room.participants.keys()));
  return [...present.map((one) => describeParticipant(one)), ...departed];
}
