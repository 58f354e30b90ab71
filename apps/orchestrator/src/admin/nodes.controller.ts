import { type AnnouncedMember, type Capacity, ChroomError } from '@chroom/protocol';
import { Get, Param } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { NodeDiscovery } from '../nodes/node-discovery.js';
import { AdminController } from './admin-api.js';
import { type CapacityView, NodeList, NodeView } from './views.js';

/** The media nodes as the registry shows them to this orchestrator, every announcement verified. */
@AdminController('nodes', 'nodes')
export class NodesController {
  constructor(private readonly discovery: NodeDiscovery) {}

  @Get()
  @ApiOkResponse({ type: NodeList })
  list(): NodeList {
    const items = [...this.discovery.list()].sort((left, right) => (left.id < right.id ? -1 : 1)).map(view);
    return { items };
  }

  @Get(':nodeId')
  @ApiOkResponse({ type: NodeView })
  get(@Param('nodeId') nodeId: string): NodeView {
    const node = /^\d{1,20}$/.test(nodeId) ? this.discovery.find(BigInt(nodeId)) : undefined;
    if (node === undefined) throw new ChroomError('NODE_UNKNOWN', `there is no announced media node ${nodeId}`);
    return view(node);
  }
}

function view(node: AnnouncedMember): NodeView {
  return {
    id: node.id.toString(),
    state: node.state,
    health: node.health,
    region: node.region,
    controlUrl: node.controlUrl,
    softwareVersion: node.version,
    capacity: capacityView(node.capacity),
    leased: capacityView(node.load.leased),
    cpuPermille: node.load.cpuPermille,
    sessions: node.load.sessions,
    lastSeenAt: new Date(node.lastSeenMs).toISOString(),
  };
}

function capacityView({ egressBps, packetsPerSecond, sessions }: Capacity): CapacityView {
  return { egressBps: `${egressBps}`, packetsPerSecond: `${packetsPerSecond}`, sessions };
}
