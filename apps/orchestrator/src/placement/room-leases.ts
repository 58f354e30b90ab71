import { fromRpcError } from '@chroom/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { MediaNode } from '../nodes/media-nodes.port.js';
import type { RoomDemand } from './placement.port.js';

export interface NodeLease {
  readonly leaseId: string;
  readonly roomSid: string;
  readonly fencingToken: bigint;
  readonly node: MediaNode;
  readonly demand: RoomDemand;
}

export const kNodeLeaseMs = 15_000;
const kRenewEveryMs = 5_000;
/** A room that leaves a lost node must not wait for it. */
const kReleaseDeadlineMs = 500;
/** A renewal names at most this many leases. */
const kLeasesPerCall = 500;

/** Capacity leases on nodes, by lease id, renewed in one call per node. The node is the authority on its capacity. */
@Injectable()
export class RoomLeases implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('RoomLeases');
  private readonly held = new Map<string, NodeLease>();
  private timer: NodeJS.Timeout | undefined;

  get count(): number {
    return this.held.size;
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.renewAll(), kRenewEveryMs);
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** @throws ConnectError when the node refuses or does not answer. */
  async acquire(lease: NodeLease): Promise<void> {
    await this.ask(lease);
    this.held.set(lease.leaseId, lease);
  }

  /** Never throws: a lease that cannot be returned now ends by itself. */
  async release(leaseId: string): Promise<void> {
    const lease = this.held.get(leaseId);
    this.held.delete(leaseId);
    await lease?.node.control
      .releaseLease({ leaseId }, { timeoutMs: kReleaseDeadlineMs })
      .catch((error: unknown) => this.log.warn({ message: 'lease not released', leaseId, reason: String(error) }));
  }

  /** Renews everything that is held; asks again for leases that a node has forgotten. Never throws. */
  async renewAll(): Promise<void> {
    const byNode = new Map<MediaNode, NodeLease[]>();
    for (const lease of this.held.values()) byNode.set(lease.node, [...(byNode.get(lease.node) ?? []), lease]);
    await Promise.all([...byNode].map(([node, leases]) => this.renewAt(node, leases)));
  }

  private async renewAt(node: MediaNode, leases: readonly NodeLease[]): Promise<void> {
    for (let from = 0; from < leases.length; from += kLeasesPerCall) {
      const leaseIds = leases.slice(from, from + kLeasesPerCall).map((lease) => lease.leaseId);
      try {
        const answer = await node.control.renewLease({ leaseIds, ttlMs: kNodeLeaseMs });
        for (const leaseId of answer.unknownLeaseIds) await this.askAgain(leaseId);
      } catch (error) {
        // Whether the node is lost is decided by its event stream; until then it keeps what it forwards.
        this.log.warn({ message: 'leases not renewed', nodeId: `${node.nodeId}`, reason: String(error) });
        return;
      }
    }
  }

  private async askAgain(leaseId: string): Promise<void> {
    const lease = this.held.get(leaseId);
    if (lease === undefined) return; // released meanwhile
    try {
      await this.ask(lease);
    } catch (error) {
      const reason = fromRpcError(error)?.message ?? String(error);
      this.log.warn({ message: 'lease refused after the node forgot it', leaseId, room: lease.roomSid, reason });
    }
  }

  private async ask({ leaseId, roomSid, fencingToken, node, demand }: NodeLease): Promise<void> {
    const { egressBps, packetsPerSecond, sessions } = demand;
    await node.control.acquireLease({
      fence: { room: roomSid, token: fencingToken },
      leaseId,
      demand: { egressBps, packetsPerSecond, sessions },
      ttlMs: kNodeLeaseMs,
    });
  }
}
