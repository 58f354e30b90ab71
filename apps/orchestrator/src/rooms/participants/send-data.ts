import { ChroomError } from '@chroom/protocol';
import { DataPacket, DataPacket_Kind, type SendDataRequest, UserPacket } from '@livekit/protocol';
import { callNode, fenceOf } from '../node-call.js';
import { maxDataMessageBytes } from '../publishing/connect-transport.js';
import type { LiveRoom } from '../state/live-room.js';

/** A data packet from the server to the room. @throws ChroomError PAYLOAD_TOO_LARGE. */
export async function sendData(room: LiveRoom, request: SendDataRequest): Promise<void> {
  const packet = new DataPacket({
    kind: request.kind,
    destinationIdentities: request.destinationIdentities,
    value: {
      case: 'user',
      value: new UserPacket({
        payload: request.data,
        topic: request.topic,
        nonce: request.nonce,
        destinationSids: request.destinationSids,
        destinationIdentities: request.destinationIdentities,
      }),
    },
  }).toBinary();
  if (packet.length > maxDataMessageBytes) {
    const message = `Expected a data packet of at most ${maxDataMessageBytes} bytes, got ${packet.length}.`;
    throw new ChroomError('PAYLOAD_TOO_LARGE', message);
  }
  if (!room.nonces.isNew(request.nonce, room.context.clock.nowMs())) return;
  const destinations = destinationSessions(room, request);
  if (room.participants.size === 0 || destinations?.length === 0) return;
  await callNode(room, (node, options) =>
    node.sendData(
      {
        fence: fenceOf(room),
        packet,
        reliable: request.kind === DataPacket_Kind.RELIABLE,
        destinationSessions: destinations ?? [],
      },
      options,
    ),
  );
}

/** Undefined: everybody. Names that are not here are skipped; a list of only such reaches nobody. */
function destinationSessions(room: LiveRoom, request: SendDataRequest): string[] | undefined {
  if (request.destinationSids.length === 0 && request.destinationIdentities.length === 0) return undefined;
  return [...room.participants.values()]
    .filter(
      ({ sid, identity }) => request.destinationSids.includes(sid) || request.destinationIdentities.includes(identity),
    )
    .map(({ sid }) => sid);
}
