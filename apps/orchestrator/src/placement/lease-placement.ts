import { type AnnouncedMember, ChroomError, fromRpcError } from '@chroom/protocol';
import {
  type AllocationInputs,
  allocationInputs,
  hashAllocationInputs,
  type NodeCandidate,
  type NodeChoice,
  rankFromInputs,
  withRefusal,
} from '@chroom/routing';
import { Injectable, Logger } from '@nestjs/common';
import { Clock } from '../clock/clock.js';
import { randomId } from '../identifiers/random-id.js';
import { MediaNodes } from '../nodes/media-nodes.port.js';
import { NodeDiscovery } from '../nodes/node-discovery.js';
import type { RoomClaim } from '../ownership/room-ownership.port.js';
import { AllocationJournal } from './allocation-journal.js';
import { type Allocation, Placement, type RoomDemand } from './placement.port.js';
import { RoomLeases } from './room-leases.js';

/** Nodes that are asked for a lease before the room is refused: bounds the time of a join. */
const kMostAttempts = 8;
const kMostReasons = 16;

/** Chooses by the pure rules of libs/routing, then asks the nodes in that order for a lease until one grants it. */
@Injectable()
export class LeasePlacement extends Placement {
  private readonly log = new Logger('Placement');
  /** Lease of each placed room. */
  private readonly leaseByRoom = new Map<string, string>();

  constructor(
    private readonly discovery: NodeDiscovery,
    private readonly nodes: MediaNodes,
    private readonly leases: RoomLeases,
    private readonly journal: AllocationJournal,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async allocate(claim: RoomClaim, roomSid: string, demand: RoomDemand): Promise<Allocation> {
    await this.release(roomSid); // a room that moves: its old lease, often on a lost node
    let inputs = allocationInputs(this.discovery.list().map(candidateOf), demand, roomSid);
    const choice = rankFromInputs(inputs);
    const reasons: string[] = [];
    const id = randomId('AL_');
    for (const ranked of choice.ranked.slice(0, kMostAttempts)) {
      try {
        const node = await this.nodes.get(ranked.nodeId);
        await this.leases.acquire({ leaseId: id, roomSid, fencingToken: claim.fencingToken, node, demand });
        reasons.unshift(`node ${ranked.nodeId} granted the lease; score ${ranked.score}: ${ranked.reason}`);
        const allocation = { id, roomSid, node, reasons: boundedReasons(reasons, choice) };
        this.leaseByRoom.set(roomSid, id);
        await this.record(claim, allocation, inputs);
        return allocation;
      } catch (error) {
        const refusal = refusalOf(error);
        inputs = withRefusal(inputs, ranked.nodeId, refusal.code);
        reasons.push(`node ${ranked.nodeId} refused: ${refusal.code}: ${refusal.message}`);
      }
    }
    throw noCapacity(boundedReasons(reasons, choice));
  }

  override async release(roomSid: string): Promise<void> {
    const leaseId = this.leaseByRoom.get(roomSid);
    if (leaseId === undefined) return;
    this.leaseByRoom.delete(roomSid);
    await Promise.all([
      this.leases.release(leaseId),
      this.journal.recordReleased(leaseId, new Date(this.clock.nowMs())),
    ]);
  }

  private async record(claim: RoomClaim, allocation: Allocation, inputs: AllocationInputs): Promise<void> {
    const { id, roomSid, node, reasons } = allocation;
    this.log.log({ message: 'room placed', room: roomSid, nodeId: `${node.nodeId}`, reason: reasons[0] });
    await this.journal.recordAllocated({
      id,
      projectId: claim.projectId,
      roomName: claim.roomName,
      roomSid,
      nodeId: node.nodeId,
      inputs,
      inputsHash: hashAllocationInputs(inputs),
      reasons: [...reasons],
      createdAt: new Date(this.clock.nowMs()),
      releasedAt: null,
    });
  }
}

function candidateOf(member: AnnouncedMember): NodeCandidate {
  const { id, region, state, health, capacity, load } = member;
  return { nodeId: id, region, state, health, capacity, leased: load.leased, cpuPermille: load.cpuPermille };
}

function refusalOf(error: unknown): { readonly code: string; readonly message: string } {
  const coded = error instanceof ChroomError ? error : fromRpcError(error);
  if (coded !== undefined) return coded;
  return { code: 'NODE_UNAVAILABLE', message: error instanceof Error ? error.message : String(error) };
}

function boundedReasons(asked: readonly string[], choice: NodeChoice): string[] {
  const all = [...asked, ...choice.unfit.map(({ nodeId, reason }) => `node ${nodeId} left out: ${reason}`)];
  if (all.length <= kMostReasons) return all;
  return [...all.slice(0, kMostReasons - 1), `and ${all.length - kMostReasons + 1} more`];
}

function noCapacity(reasons: readonly string[]): ChroomError {
  const why = reasons.length > 0 ? reasons.join('; ') : 'no media node is announced';
  return new ChroomError('NO_CAPACITY', `no media node takes the room: ${why}. Add nodes, or retry later.`);
}
