import type { AnnouncedMember } from '@chroom/protocol';

/** The media nodes that are announced and verified. What was known stays while the registry is down. */
export abstract class NodeDiscovery {
  abstract list(): readonly AnnouncedMember[];
  abstract find(nodeId: bigint): AnnouncedMember | undefined;
  /** Calls `listener` after every change until the returned function is called. */
  abstract onChange(listener: () => void): () => void;
}
