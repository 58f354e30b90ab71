import { Module } from '@nestjs/common';
import { NodesModule } from '../nodes/nodes.module.js';
import { AllocationJournal } from './allocation-journal.js';
import { LeasePlacement } from './lease-placement.js';
import { Placement } from './placement.port.js';
import { RoomLeases } from './room-leases.js';

/** Which node a room lives on, and the lease that makes sure of it. */
@Module({
  imports: [NodesModule],
  providers: [AllocationJournal, RoomLeases, { provide: Placement, useClass: LeasePlacement }],
  exports: [Placement],
})
export class PlacementModule {}
