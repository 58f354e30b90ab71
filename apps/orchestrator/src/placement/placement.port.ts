import type { MediaNode } from '../nodes/media-nodes.port.js';
import type { RoomClaim } from '../ownership/room-ownership.port.js';

/** What a room is expected to need; the lease on the node is made for this. */
export interface RoomDemand {
  readonly egressBps: bigint;
  readonly packetsPerSecond: bigint;
  readonly sessions: number;
  /** Empty: no preference. */
  readonly region: string;
}

/** Where a room lives. Stored with its inputs and reasons; replaying the inputs gives the same node. */
export interface Allocation {
  readonly id: string;
  readonly roomSid: string;
  readonly node: MediaNode;
  readonly reasons: readonly string[];
}

export abstract class Placement {
  /**
   * Chooses a node, takes a capacity lease on it and keeps that lease renewed until `release`.
   * @throws ChroomError NO_CAPACITY when no live node grants a lease (HTTP 503 for the client).
   */
  abstract allocate(claim: RoomClaim, roomSid: string, demand: RoomDemand): Promise<Allocation>;
  abstract release(roomSid: string): Promise<void>;
}
