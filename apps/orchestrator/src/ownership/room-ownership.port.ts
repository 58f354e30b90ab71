/** This orchestrator's right to act for one room. */
export interface RoomClaim {
  readonly projectId: string;
  readonly roomName: string;
  /** Grows with every new owner of the room (Postgres sequence); sent in every Fence. */
  readonly fencingToken: bigint;
  /** Resolves once when another owner has taken the room: stop acting for it at once. */
  readonly lost: Promise<string>;
}

/** Room leases in Postgres: TTL 5 s, renewed while held. While Postgres is down the owner keeps its rooms. */
export abstract class RoomOwnership {
  /** @throws ChroomError ROOM_OWNED_ELSEWHERE while another live orchestrator holds the room. */
  abstract claim(projectId: string, roomName: string): Promise<RoomClaim>;
  abstract release(claim: RoomClaim): Promise<void>;
}
