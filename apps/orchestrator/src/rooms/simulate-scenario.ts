import {
  DisconnectReason,
  LeaveRequest_Action,
  RequestResponse,
  RequestResponse_Reason,
  type SimulateScenario,
  SpeakerInfo,
  SpeakersChanged,
} from '@livekit/protocol';
import { removeParticipant } from './leaving/remove-participant.js';
import { sendLeave } from './leaving/send-leave.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';

/** `simulate`: faults on request, for those who test their application. Off unless CHROOM_ROOM_SIMULATE=true. */
export async function simulateScenario(
  room: LiveRoom,
  participant: Participant,
  { scenario }: SimulateScenario,
): Promise<void> {
  if (!room.context.settings.simulate)
    return refuse(participant, 'PERMISSION_DENIED: simulations are off on this server.');
  switch (scenario.case) {
    case 'speakerUpdate':
      return pretendToSpeak(room, participant, scenario.value);
    case 'serverLeave':
      return removeParticipant(room, participant, {
        reason: DisconnectReason.SERVER_SHUTDOWN,
        action: LeaveRequest_Action.DISCONNECT,
      });
    case 'nodeFailure':
    case 'leaveRequestFullReconnect':
      return removeParticipant(room, participant, {
        reason: DisconnectReason.STATE_MISMATCH,
        action: LeaveRequest_Action.RECONNECT,
      });
    case 'migration':
      return sendLeave(participant.sink, { reason: DisconnectReason.MIGRATION, action: LeaveRequest_Action.RESUME });
    default:
      return refuse(participant, `UNIMPLEMENTED: the scenario ${scenario.case ?? 'without a name'} is not offered.`);
  }
}

function refuse(participant: Participant, message: string): void {
  const reason = RequestResponse_Reason.NOT_ALLOWED;
  participant.send({ case: 'requestResponse', value: new RequestResponse({ reason, message }) });
}

/** @param durationSec how long the participant seems to speak; at most a minute. */
function pretendToSpeak(room: LiveRoom, participant: Participant, durationSec: number): void {
  const say = (active: boolean) => {
    const speakers = [new SpeakerInfo({ sid: participant.sid, active, level: active ? 1 : 0 })];
    participant.send({ case: 'speakersChanged', value: new SpeakersChanged({ speakers }) });
  };
  say(true);
  room.context.timers.after(Math.min(Math.max(durationSec, 0), 60) * 1000, () => say(false));
}
