import { ChroomError } from '@chroom/protocol';
import { ListEgressRequest, ListEgressResponse } from '@livekit/protocol';
import { Injectable } from '@nestjs/common';
import { RoomService } from './room-service.js';
import { type TwirpMethod, twirpMethod } from './twirp-method.js';

/** LiveKit's other services: known, and refused as unimplemented until a worker exists. */
const kOtherServices = new Set([
  'livekit.Egress',
  'livekit.Ingress',
  'livekit.SIP',
  'livekit.AgentDispatchService',
  'livekit.PhoneNumberService',
  'livekit.Connector',
]);
const kLaterRoomMethods = new Set(['ForwardParticipant', 'MoveParticipant', 'PerformRpc']);

@Injectable()
export class TwirpRoutes {
  private readonly listEgress = twirpMethod(ListEgressRequest, async () => new ListEgressResponse());

  constructor(private readonly rooms: RoomService) {}

  /**
   * @returns undefined for a path that Twirp does not know.
   * @throws ChroomError UNIMPLEMENTED for methods that LiveKit has and Chroom has not.
   */
  find(service: string, method: string): TwirpMethod | undefined {
    if (service === 'livekit.RoomService') {
      const found = this.rooms.methods.get(method);
      if (found !== undefined) return found;
      if (!kLaterRoomMethods.has(method)) return undefined;
    } else if (!kOtherServices.has(service)) {
      return undefined;
    }
    // Dashboards list recordings: none were made.
    if (service === 'livekit.Egress' && method === 'ListEgress') return this.listEgress;
    throw new ChroomError('UNIMPLEMENTED', `${service}/${method} is known and not offered by this server`);
  }
}
