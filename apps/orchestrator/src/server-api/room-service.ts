import { ChroomError } from '@chroom/protocol';
import {
  CreateRoomRequest,
  DeleteRoomRequest,
  DeleteRoomResponse,
  ListParticipantsRequest,
  ListParticipantsResponse,
  ListRoomsRequest,
  ListRoomsResponse,
  MuteRoomTrackRequest,
  MuteRoomTrackResponse,
  RemoveParticipantResponse,
  RoomParticipantIdentity,
  SendDataRequest,
  SendDataResponse,
  UpdateParticipantRequest,
  UpdateRoomMetadataRequest,
  UpdateSubscriptionsRequest,
  UpdateSubscriptionsResponse,
} from '@livekit/protocol';
import { Injectable } from '@nestjs/common';
import type { AccessClaims } from '../access/access-tokens.port.js';
import { kLongestRoomNameChars } from '../access/video-grants.js';
import { LiveRooms } from '../rooms/live-rooms.port.js';
import { requireGrant, requireRoomAdmin } from './grants.js';
import { type TwirpMethod, twirpMethod } from './twirp-method.js';

/** livekit.RoomService: each method checks its grant and asks the live rooms. */
@Injectable()
export class RoomService {
  constructor(private readonly rooms: LiveRooms) {}

  readonly methods: ReadonlyMap<string, TwirpMethod> = new Map([
    [
      'CreateRoom',
      twirpMethod(CreateRoomRequest, (claims, request) => {
        requireGrant(claims, 'roomCreate');
        requireName('name', request.name);
        return this.rooms.createRoom(claims.projectId, claims.apiKey, request);
      }),
    ],
    [
      'ListRooms',
      twirpMethod(ListRoomsRequest, async (claims, request) => {
        requireGrant(claims, 'roomList');
        return new ListRoomsResponse({ rooms: await this.rooms.listRooms(claims.projectId, request.names) });
      }),
    ],
    [
      'DeleteRoom',
      twirpMethod(DeleteRoomRequest, async (claims, request) => {
        requireGrant(claims, 'roomCreate');
        requireName('room', request.room);
        await this.rooms.deleteRoom({ projectId: claims.projectId, roomName: request.room });
        return new DeleteRoomResponse();
      }),
    ],
    [
      'ListParticipants',
      twirpMethod(ListParticipantsRequest, async (claims, request) => {
        const participants = await this.rooms.listParticipants(requireRoomAdmin(claims, request.room));
        return new ListParticipantsResponse({ participants });
      }),
    ],
    [
      'GetParticipant',
      twirpMethod(RoomParticipantIdentity, (claims, request) =>
        this.rooms.getParticipant(requireRoomAdmin(claims, request.room), identityOf(request)),
      ),
    ],
    [
      'RemoveParticipant',
      twirpMethod(RoomParticipantIdentity, async (claims, request) => {
        await this.rooms.removeParticipant(requireRoomAdmin(claims, request.room), identityOf(request));
        return new RemoveParticipantResponse();
      }),
    ],
    ['MutePublishedTrack', twirpMethod(MuteRoomTrackRequest, (claims, request) => this.mute(claims, request))],
    [
      'UpdateParticipant',
      twirpMethod(UpdateParticipantRequest, (claims, request) => {
        identityOf(request);
        return this.rooms.updateParticipant(requireRoomAdmin(claims, request.room), request);
      }),
    ],
    [
      'UpdateSubscriptions',
      twirpMethod(UpdateSubscriptionsRequest, (claims, request) => this.subscribe(claims, request)),
    ],
    [
      'SendData',
      twirpMethod(SendDataRequest, async (claims, request) => {
        await this.rooms.sendData(requireRoomAdmin(claims, request.room), request);
        return new SendDataResponse();
      }),
    ],
    [
      'UpdateRoomMetadata',
      twirpMethod(UpdateRoomMetadataRequest, (claims, request) =>
        this.rooms.updateRoomMetadata(requireRoomAdmin(claims, request.room), request.metadata),
      ),
    ],
  ]);

  private async mute(claims: AccessClaims, request: MuteRoomTrackRequest): Promise<MuteRoomTrackResponse> {
    const key = requireRoomAdmin(claims, request.room);
    const { trackSid, muted } = request;
    requireName('track_sid', trackSid);
    return new MuteRoomTrackResponse({
      track: await this.rooms.mutePublishedTrack(key, identityOf(request), trackSid, muted),
    });
  }

  private async subscribe(
    claims: AccessClaims,
    request: UpdateSubscriptionsRequest,
  ): Promise<UpdateSubscriptionsResponse> {
    const key = requireRoomAdmin(claims, request.room);
    const sids = [...request.trackSids, ...request.participantTracks.flatMap((tracks) => tracks.trackSids)];
    await this.rooms.updateSubscriptions(key, identityOf(request), sids, request.subscribe);
    return new UpdateSubscriptionsResponse();
  }
}

function identityOf(request: { readonly identity: string }): string {
  requireName('identity', request.identity);
  return request.identity;
}

function requireName(field: string, value: string): void {
  if (value.length >= 1 && value.length <= kLongestRoomNameChars) return;
  throw new ChroomError(
    'INVALID_ARGUMENT',
    `${field}: expected 1 to ${kLongestRoomNameChars} characters, got ${value.length}`,
  );
}
