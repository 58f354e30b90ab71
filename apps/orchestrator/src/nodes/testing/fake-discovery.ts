import { type AnnouncedMember, memberId, noLoad } from '@chroom/protocol';
import { NodeDiscovery } from '../node-discovery.js';
import { type FakeNode, targetOf } from './fake-node.js';

/** Discovery that lists fake nodes; change the entries and call `changed`. */
export class FakeDiscovery extends NodeDiscovery {
  readonly members = new Map<bigint, AnnouncedMember>();
  private readonly listeners = new Set<() => void>();

  constructor(nodes: readonly FakeNode[]) {
    super();
    for (const node of nodes) this.members.set(node.nodeId, announcedMember(node));
  }

  override list(): readonly AnnouncedMember[] {
    return [...this.members.values()];
  }

  override find(nodeId: bigint): AnnouncedMember | undefined {
    return this.members.get(nodeId);
  }

  override onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  change(nodeId: bigint, changes: Partial<AnnouncedMember>): void {
    const member = this.members.get(nodeId);
    if (member !== undefined) this.members.set(nodeId, { ...member, ...changes });
    for (const listener of this.listeners) listener();
  }
}

function announcedMember(node: FakeNode): AnnouncedMember {
  const { controlUrl, tlsSpkiSha256 } = targetOf(node);
  const described = {
    kind: 'node' as const,
    id: memberId(node.nodeId),
    controlUrl,
    tlsSpkiSha256,
    region: 'eu',
    capacity: { egressBps: 10n ** 10n, packetsPerSecond: 10n ** 6n, sessions: 1_000, workers: 1 },
    endpoints: [],
  };
  return {
    ...described,
    state: 'live',
    load: noLoad,
    health: 'ok',
    version: '0.0.0',
    lastSeenMs: 0,
    signed: {
      announcement: { ...described, softwareVersion: '0.0.0', sequence: 1n, issuedAtMs: 0 },
      signature: `0x${'0'.repeat(130)}`,
    },
  };
}
