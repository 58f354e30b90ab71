import { ChroomError } from '@chroom/protocol';

/** Rooms remembered; of those without sessions and leases the one that was quiet longest is forgotten first. */
export const ROOMS_MAX = 20_000;
export const ROOM_NAME_MAX_LENGTH = 64;

export interface Fenced {
  /** The highest token seen. */
  readonly token: bigint;
  /** The orchestrator that sent it. */
  readonly owner: bigint;
}

/** Who owns a room: the orchestrator with the highest fencing token. A lower token never acts again. */
export class FenceBook {
  private readonly rooms = new Map<string, Fenced>();

  constructor(
    /** Rooms in use are never forgotten. */
    private readonly isInUse: (room: string) => boolean,
    private readonly roomsMax = ROOMS_MAX,
  ) {}

  /**
   * Lets `caller` act for a room, and makes it the owner when its token is higher than all before.
   * @throws ChroomError FENCE_STALE, INVALID_ARGUMENT, LIMIT_EXCEEDED.
   */
  enter(room: string, token: bigint, caller: bigint): void {
    if (room.length === 0 || room.length > ROOM_NAME_MAX_LENGTH || token <= 0n) {
      throw new ChroomError(
        'INVALID_ARGUMENT',
        `fence: expected a room of 1 to ${ROOM_NAME_MAX_LENGTH} characters and a token above 0; got ${room.length} characters and ${token}.`,
      );
    }
    const known = this.rooms.get(room);
    if (known && (token < known.token || (token === known.token && caller !== known.owner))) {
      throw new ChroomError(
        'FENCE_STALE',
        `Room ${room} has the newer owner ${known.owner} with token ${known.token}; got ${token} of ${caller}. Stop acting for the room.`,
      );
    }
    this.rooms.delete(room);
    if (!known && this.rooms.size >= this.roomsMax) this.forgetOne();
    this.rooms.set(room, { token, owner: caller });
  }

  ownerOf(room: string): bigint | undefined {
    return this.rooms.get(room)?.owner;
  }

  get size(): number {
    return this.rooms.size;
  }

  private forgetOne(): void {
    for (const room of this.rooms.keys()) {
      if (this.isInUse(room)) continue;
      this.rooms.delete(room);
      return;
    }
    throw new ChroomError(
      'LIMIT_EXCEEDED',
      `This node holds ${this.roomsMax} rooms in use, its bound. Use another node.`,
    );
  }
}
