import type { control } from '@chroom/protocol';
import type { Client } from '@connectrpc/connect';

/** The control API of one media node, as the orchestrator sees it. */
export type NodeControlClient = Client<typeof control.NodeControl>;

export interface RoomEventsListener {
  /** Events of one room in order, each exactly once while the process lives. */
  onEvent(event: control.Event): void;
  /** The node is gone (or restarted and forgot its sessions): media of this room must move elsewhere. */
  onNodeLost(reason: string): void;
  /** Events were lost, and the room lives on: these are the sessions that the node still has, of all rooms. */
  onEventsLost(aliveSessions: ReadonlySet<string>): void;
}

export interface MediaNode {
  readonly nodeId: bigint;
  readonly region: string;
  readonly control: NodeControlClient;
  /** Returns the function that ends the subscription. */
  watchRoom(roomSid: string, listener: RoomEventsListener): () => void;
}

export abstract class MediaNodes {
  /** @throws ChroomError NODE_UNKNOWN when discovery does not list it. */
  abstract get(nodeId: bigint): Promise<MediaNode>;
}
