import { ChroomError } from '@chroom/protocol';
import { RequestResponse, RequestResponse_Reason, type UpdateParticipantMetadata } from '@livekit/protocol';
import type { LiveRoom } from '../state/live-room.js';
import type { Participant } from '../state/participant.js';
import { changeParticipant } from './change-participant.js';

/** `update_metadata` of a client: always answered with its request id, also when it worked. */
export async function updateOwnMetadata(
  room: LiveRoom,
  participant: Participant,
  request: UpdateParticipantMetadata,
): Promise<void> {
  const answer = (reason: RequestResponse_Reason, message = '') =>
    participant.send({
      case: 'requestResponse',
      value: new RequestResponse({
        requestId: request.requestId,
        reason,
        message,
        request: { case: 'updateMetadata', value: request },
      }),
    });
  if (!participant.permission.canUpdateMetadata) {
    answer(RequestResponse_Reason.NOT_ALLOWED, 'PERMISSION_DENIED: the token lacks canUpdateOwnMetadata.');
    return;
  }
  try {
    await changeParticipant(room, participant, {
      name: request.name === '' ? undefined : request.name,
      metadata: request.metadata === '' ? undefined : request.metadata,
      attributes: request.attributes,
    });
    answer(RequestResponse_Reason.OK);
  } catch (error) {
    if (!(error instanceof ChroomError) || error.code !== 'PAYLOAD_TOO_LARGE') throw error;
    answer(RequestResponse_Reason.LIMIT_EXCEEDED, `${error.code}: ${error.message}`);
  }
}
