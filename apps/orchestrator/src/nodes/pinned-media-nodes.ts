import { type AnnouncedMember, ChroomError, fromRpcError, systemClock } from '@chroom/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ConnectedNode, type NodeStep } from './connected-node.js';
import { type MediaNode, MediaNodes } from './media-nodes.port.js';
import { NodeDiscovery } from './node-discovery.js';
import { type NodeTarget, NodeTransports } from './node-transports.js';

/** Connections to the nodes that this orchestrator uses: one client and one event stream per node. */
@Injectable()
export class PinnedMediaNodes extends MediaNodes implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('MediaNodes');
  private readonly nodes = new Map<bigint, { readonly node: ConnectedNode; readonly opened: Promise<void> }>();
  private stopWatching: () => void = () => undefined;

  constructor(
    private readonly discovery: NodeDiscovery,
    private readonly transports: NodeTransports,
  ) {
    super();
  }

  onModuleInit(): void {
    this.stopWatching = this.discovery.onChange(() => this.follow());
  }

  onApplicationShutdown(): void {
    this.stopWatching();
    for (const { node } of this.nodes.values()) node.close();
    this.nodes.clear();
  }

  /** @throws ChroomError NODE_UNKNOWN, NODE_UNAVAILABLE, TLS_KEY_MISMATCH. */
  override async get(nodeId: bigint): Promise<MediaNode> {
    const { node, opened } = this.nodes.get(nodeId) ?? this.connect(nodeId);
    await opened;
    return node;
  }

  private connect(nodeId: bigint): { readonly node: ConnectedNode; readonly opened: Promise<void> } {
    const announced = this.discovery.find(nodeId);
    if (announced === undefined) {
      throw new ChroomError('NODE_UNKNOWN', `expected an announced media node, got ${nodeId}; see /admin/v1/nodes`);
    }
    const node = new ConnectedNode({
      nodeId,
      region: announced.region,
      target: targetOf(announced),
      transports: this.transports,
      clock: systemClock,
      random: Math.random,
      onLost: (reason) => {
        this.log.error({ message: 'node lost', nodeId: `${nodeId}`, reason });
        this.forget(node);
      },
      onStep: (step) => this.note(nodeId, step),
    });
    const opened = node.open().catch((error: unknown) => {
      this.forget(node);
      throw unavailable(nodeId, announced.controlUrl, error);
    });
    const entry = { node, opened };
    this.nodes.set(nodeId, entry);
    return entry;
  }

  /** Discovery changed: new addresses and keys are used at once; nodes that left and serve nothing are dropped. */
  private follow(): void {
    for (const [nodeId, { node }] of this.nodes) {
      const announced = this.discovery.find(nodeId);
      node.update(announced && targetOf(announced), announced?.state);
      if (announced === undefined && node.watchedRooms === 0) this.forget(node);
    }
  }

  private forget(node: ConnectedNode): void {
    if (this.nodes.get(node.nodeId)?.node === node) this.nodes.delete(node.nodeId);
    node.close();
  }

  private note(nodeId: bigint, step: NodeStep): void {
    const line = { message: `node events: ${step.type}`, nodeId: `${nodeId}`, ...step };
    if (step.type === 'resumed') this.log.log(line);
    else this.log.warn(line);
  }
}

function targetOf(announced: AnnouncedMember): NodeTarget {
  return { controlUrl: announced.controlUrl, tlsSpkiSha256: announced.tlsSpkiSha256 };
}

function unavailable(nodeId: bigint, url: string, cause: unknown): ChroomError {
  const coded = fromRpcError(cause);
  if (coded !== undefined) return coded;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ChroomError('NODE_UNAVAILABLE', `media node ${nodeId} at ${url} does not answer: ${reason}`, { cause });
}
