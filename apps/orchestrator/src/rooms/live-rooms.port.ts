import type {
  CreateRoomRequest,
  ParticipantInfo,
  Room,
  SendDataRequest,
  TrackInfo,
  UpdateParticipantRequest,
} from '@livekit/protocol';

/** Key of a room for people and APIs: names are unique inside a project. */
export interface RoomKey {
  readonly projectId: string;
  readonly roomName: string;
}

/**
 * The rooms that this orchestrator owns, as the server API and the admin API see them.
 * Every method throws ChroomError ROOM_UNKNOWN, PARTICIPANT_UNKNOWN or TRACK_UNKNOWN for what does not exist.
 */
export abstract class LiveRooms {
  /** Idempotent: an existing room is returned as it is. */
  abstract createRoom(projectId: string, apiKey: string, request: CreateRoomRequest): Promise<Room>;
  abstract listRooms(projectId: string, names: readonly string[]): Promise<Room[]>;
  /** Every participant gets `leave{ROOM_DELETED}`. */
  abstract deleteRoom(key: RoomKey): Promise<void>;
  abstract updateRoomMetadata(key: RoomKey, metadata: string): Promise<Room>;
  abstract listParticipants(key: RoomKey): Promise<ParticipantInfo[]>;
  abstract getParticipant(key: RoomKey, identity: string): Promise<ParticipantInfo>;
  /** `leave{PARTICIPANT_REMOVED}`. */
  abstract removeParticipant(key: RoomKey, identity: string): Promise<void>;
  /** Remote unmute is refused with UNMUTE_NOT_ALLOWED unless the room's settings enable it. */
  abstract mutePublishedTrack(key: RoomKey, identity: string, trackSid: string, muted: boolean): Promise<TrackInfo>;
  abstract updateParticipant(key: RoomKey, request: UpdateParticipantRequest): Promise<ParticipantInfo>;
  abstract updateSubscriptions(
    key: RoomKey,
    identity: string,
    trackSids: readonly string[],
    subscribe: boolean,
  ): Promise<void>;
  /** The same nonce within 5 min is delivered once. */
  abstract sendData(key: RoomKey, request: SendDataRequest): Promise<void>;
}
