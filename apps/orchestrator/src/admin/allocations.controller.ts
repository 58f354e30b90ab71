import { ChroomError } from '@chroom/protocol';
import { hashAllocationInputs, replayAllocation } from '@chroom/routing';
import { Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { AllocationRecord } from '../placement/allocation.entity.js';
import { AdminController } from './admin-api.js';
import { keysetPage, PageQuery } from './keyset-page.js';
import { AllocationDetail, AllocationPage, type AllocationView } from './views.js';

class AllocationQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Name or sid of a room' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  room?: string;
}

/** Why rooms live where they live. */
@AdminController('allocations', 'allocations')
export class AllocationsController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @ApiOkResponse({ type: AllocationPage })
  async list(@Query() wanted: AllocationQuery): Promise<AllocationPage> {
    const query = this.database.getRepository(AllocationRecord).createQueryBuilder('row');
    const { room } = wanted;
    if (room !== undefined) query.andWhere('(row.roomName = :room OR row.roomSid = :room)', { room });
    const { items, nextCursor } = await keysetPage(query, { time: 'createdAt', id: 'id' }, wanted);
    return { items: items.map(view), nextCursor };
  }

  /** With the inputs, and what they give when the decision is made again. */
  @Get(':id')
  @ApiOkResponse({ type: AllocationDetail })
  async get(@Param('id') id: string): Promise<AllocationDetail> {
    const record = await this.database.getRepository(AllocationRecord).findOneBy({ id });
    if (record === null) throw new ChroomError('ALLOCATION_UNKNOWN', `there is no allocation ${id}`);
    const replayed = replayAllocation(record.inputs);
    const verified = replayed === record.nodeId && hashAllocationInputs(record.inputs) === record.inputsHash;
    return { ...view(record), inputs: record.inputs, replayedNodeId: replayed?.toString() ?? null, verified };
  }
}

function view(record: AllocationRecord): AllocationView {
  const { id, projectId, roomName, roomSid, nodeId, reasons, inputsHash, createdAt, releasedAt } = record;
  return {
    id,
    projectId,
    roomName,
    roomSid,
    nodeId: nodeId.toString(),
    reasons,
    inputsHash,
    createdAt: createdAt.toISOString(),
    releasedAt: releasedAt?.toISOString() ?? null,
  };
}
