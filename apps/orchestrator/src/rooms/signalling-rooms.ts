import { ChroomError } from '@chroom/protocol';
import type { SignalRequest } from '@livekit/protocol';
import { Injectable } from '@nestjs/common';
import { handleRequest } from './handle-request.js';
import type { Admission } from './joining/admission.js';
import { admitParticipant, welcomeParticipant } from './joining/admit-participant.js';
import { continueSession, resumeSession } from './joining/resume-session.js';
import { mediaLost, signalLost } from './leaving/drop-connection.js';
import type { RoomKey } from './live-rooms.port.js';
import { ReturningClients } from './returning-clients.js';
import { noWishes, RoomDirectory } from './room-directory.js';
import { RoomSettings } from './room-settings.js';
import type { SignalSink } from './signal-sink.js';
import { StaleSessions } from './stale-sessions.js';
import type { LiveRoom } from './state/live-room.js';
import type { Participant } from './state/participant.js';

/** A client's seat in a room, for its connection. */
export interface Seat {
  readonly participantSid: string;
  request(message: SignalRequest): Promise<void>;
  /** The connection is gone. */
  lost(): void;
}

/** A room may end between being found and being entered; after a few tries the client is asked to come again. */
const maxTries = 3;

/** What the WebSocket gateway asks of the rooms. */
@Injectable()
export class SignallingRooms {
  constructor(
    private readonly directory: RoomDirectory,
    private readonly staleSessions: StaleSessions,
    private readonly returning: ReturningClients,
    private readonly settings: RoomSettings,
  ) {}

  /** Whether a join would find or make the room. @throws ChroomError ROOM_UNKNOWN. */
  assertJoinable(key: RoomKey): void {
    if (!this.settings.autoCreate) this.directory.get(key);
  }

  /** @throws ChroomError: the join is refused and leaves nothing behind. */
  async join(admission: Admission, sink: SignalSink): Promise<Seat> {
    const key = keyOf(admission);
    for (let attempt = 0; attempt < maxTries; attempt += 1) {
      const room = await this.roomFor(key, admission);
      const participant = await room.queue.run(async () => {
        if (!room.open) return undefined;
        await this.directory.place(room);
        return admitParticipant(room, admission, sink);
      });
      if (!participant) continue;
      this.follow(room, participant, () => welcomeParticipant(room, participant, admission));
      void this.staleSessions.sweep(room, participant);
      return seat(room, participant, sink);
    }
    throw new ChroomError('ROOM_OWNED_ELSEWHERE', 'The room is ending; try again.');
  }

  /**
   * A session that is not here cannot be resumed: the client is told to join anew, over the connection, when its room
   * mates are back too. Its media may
   * still flow on a node from the room's former owner, so it is only told so when the join will find a room.
   * @throws ChroomError ROOM_OWNED_ELSEWHERE, NO_CAPACITY: the client keeps its media and asks again.
   */
  async resume(admission: Admission, sink: SignalSink): Promise<Seat | undefined> {
    const key = keyOf(admission);
    const room = this.directory.find(key);
    const participant = await room?.queue.run(() => (room.open ? resumeSession(room, admission, sink) : undefined));
    if (room && participant) {
      this.follow(room, participant, () => continueSession(room, participant, admission));
      return seat(room, participant, sink);
    }
    const next = this.settings.autoCreate ? await this.roomFor(key, admission) : this.directory.find(key);
    const { participantSid } = admission.join;
    await this.returning.take(key, { identity: admission.claims.identity, participantSid }, next, sink);
    return undefined;
  }

  private async roomFor(key: RoomKey, admission: Admission): Promise<LiveRoom> {
    if (!this.settings.autoCreate) return this.directory.get(key);
    const config = admission.claims.roomConfig;
    return this.directory.open(key, admission.claims.apiKey, config ?? noWishes);
  }

  /** The rest of a join. When it fails the client comes back and offers again. */
  private follow(room: LiveRoom, participant: Participant, work: () => Promise<void>): void {
    room.soon('welcome', async () => {
      try {
        await work();
      } catch (error) {
        if (room.participants.has(participant.sid)) mediaLost(room, participant);
        throw error;
      }
    });
  }
}

function keyOf(admission: Admission): RoomKey {
  return { projectId: admission.claims.projectId, roomName: admission.claims.video.room };
}

function seat(room: LiveRoom, participant: Participant, sink: SignalSink): Seat {
  return {
    participantSid: participant.sid,
    request: (message) =>
      room.queue.run(async () => {
        if (room.open && participant.sink === sink) await handleRequest(room, participant, message);
      }),
    lost: () => room.soon('signal lost', () => signalLost(room, participant, sink)),
  };
}
