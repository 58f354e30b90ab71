import { ChroomError } from '@chroom/protocol';
import {
  type CreateRoomRequest,
  DisconnectReason,
  LeaveRequest_Action,
  type ParticipantInfo,
  type Room,
  type SendDataRequest,
  type TrackInfo,
  type UpdateParticipantRequest,
} from '@livekit/protocol';
import { Injectable } from '@nestjs/common';
import { broadcastRoom } from './broadcast.js';
import { endRoom } from './leaving/end-room.js';
import { removeParticipant } from './leaving/remove-participant.js';
import { LiveRooms, type RoomKey } from './live-rooms.port.js';
import { changeParticipant, maxMetadataBytes } from './participants/change-participant.js';
import { sendData } from './participants/send-data.js';
import { muteByServer } from './publishing/mute-track.js';
import { RoomDirectory } from './room-directory.js';
import { describeParticipant } from './state/describe-participant.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';
import { updateSubscription } from './subscribing/update-subscription.js';

const maxRoomNameLength = 256;

/** The server API's way into the rooms: each call runs in the queue of its room. */
@Injectable()
export class LiveRoomsService extends LiveRooms {
  constructor(private readonly directory: RoomDirectory) {
    super();
  }

  override async createRoom(projectId: string, apiKey: string, request: CreateRoomRequest): Promise<Room> {
    if (request.name === '' || request.name.length > maxRoomNameLength) {
      const message = `Expected name of 1 to ${maxRoomNameLength} characters, got ${request.name.length}.`;
      throw new ChroomError('INVALID_ARGUMENT', message);
    }
    refuseLargeMetadata(request.metadata);
    const room = await this.directory.open({ projectId, roomName: request.name }, apiKey, request);
    return room.describe();
  }

  override async listRooms(projectId: string, names: readonly string[]): Promise<Room[]> {
    return this.directory
      .ofProject(projectId)
      .filter((room) => names.length === 0 || names.includes(room.key.roomName))
      .map((room) => room.describe());
  }

  override deleteRoom(key: RoomKey): Promise<void> {
    return this.inRoom(key, (room) => endRoom(room, DisconnectReason.ROOM_DELETED));
  }

  override async updateRoomMetadata(key: RoomKey, metadata: string): Promise<Room> {
    refuseLargeMetadata(metadata);
    return this.inRoom(key, (room) => {
      room.info.metadata = metadata;
      broadcastRoom(room);
      return room.describe();
    });
  }

  override listParticipants(key: RoomKey): Promise<ParticipantInfo[]> {
    return this.inRoom(key, (room) => [...room.participants.values()].map((one) => describeParticipant(one)));
  }

  override getParticipant(key: RoomKey, identity: string): Promise<ParticipantInfo> {
    return this.withParticipant(key, identity, (_room, participant) => describeParticipant(participant));
  }

  override removeParticipant(key: RoomKey, identity: string): Promise<void> {
    return this.withParticipant(key, identity, (room, participant) =>
      removeParticipant(room, participant, {
        reason: DisconnectReason.PARTICIPANT_REMOVED,
        action: LeaveRequest_Action.DISCONNECT,
      }),
    );
  }

  override mutePublishedTrack(key: RoomKey, identity: string, trackSid: string, muted: boolean): Promise<TrackInfo> {
    return this.withParticipant(key, identity, (room, participant) => muteByServer(room, participant, trackSid, muted));
  }

  /** Empty texts and an absent permission mean unchanged. */
  override updateParticipant(key: RoomKey, request: UpdateParticipantRequest): Promise<ParticipantInfo> {
    return this.withParticipant(key, request.identity, (room, participant) =>
      changeParticipant(room, participant, {
        name: request.name === '' ? undefined : request.name,
        metadata: request.metadata === '' ? undefined : request.metadata,
        attributes: request.attributes,
        permission: request.permission,
      }),
    );
  }

  override updateSubscriptions(
    key: RoomKey,
    identity: string,
    trackSids: readonly string[],
    subscribe: boolean,
  ): Promise<void> {
    return this.withParticipant(key, identity, (room, participant) => {
      const unknown = subscribe ? trackSids.find((sid) => !room.publisherOf(sid)) : undefined;
      if (unknown) throw new ChroomError('TRACK_UNKNOWN', `Expected published tracks of the room, got ${unknown}.`);
      return updateSubscription(room, participant, { trackSids: [...trackSids], participantTracks: [], subscribe });
    });
  }

  override sendData(key: RoomKey, request: SendDataRequest): Promise<void> {
    return this.inRoom(key, (room) => sendData(room, request));
  }

  private async inRoom<T>(key: RoomKey, work: (room: LiveRoom) => Promise<T> | T): Promise<T> {
    const room = this.directory.get(key);
    return room.queue.run(() => {
      // It may have ended while this waited.
      this.directory.get(key);
      return work(room);
    });
  }

  private withParticipant<T>(
    key: RoomKey,
    identity: string,
    work: (room: LiveRoom, participant: Participant) => Promise<T> | T,
  ): Promise<T> {
    return this.inRoom(key, (room) => {
      const participant = room.byIdentity(identity);
      if (!participant) {
        const message = `The room has no participant ${JSON.stringify(identity.slice(0, 64))}.`;
        throw new ChroomError('PARTICIPANT_UNKNOWN', message);
      }
      return work(room, participant);
    });
  }
}

function refuseLargeMetadata(metadata: string): void {
  const bytes = Buffer.byteLength(metadata);
  if (bytes <= maxMetadataBytes) return;
  throw new ChroomError('PAYLOAD_TOO_LARGE', `Expected metadata of at most ${maxMetadataBytes} bytes, got ${bytes}.`);
}
