import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { GrantRecord } from '../../proofs/storage/grant.entity.js';
import { AdminController } from '../admin-api.js';
import { keysetPage, PageQuery } from '../keyset-page.js';
import { GrantPage, type GrantView } from './payment-views.js';

class GrantQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Participant sid' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  session?: string;

  @ApiPropertyOptional({ description: 'Sid of a room' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  room?: string;

  @ApiPropertyOptional({ description: 'Id of a media node' })
  @IsOptional()
  @Matches(/^\d{1,20}$/)
  node?: string;

  @ApiPropertyOptional({ description: 'true: sessions that go on', enum: ['true', 'false'] })
  @IsOptional()
  @IsIn(['true', 'false'])
  open?: 'true' | 'false';
}

/** What this orchestrator allows its participants to consume, and at what price. */
@AdminController('payments/grants', 'payments')
export class GrantsController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @ApiOkResponse({ type: GrantPage })
  async list(@Query() wanted: GrantQuery): Promise<GrantPage> {
    const query = this.database.getRepository(GrantRecord).createQueryBuilder('row');
    const { session, room, node, open } = wanted;
    if (session !== undefined) query.andWhere('row.session = :session', { session });
    if (room !== undefined) query.andWhere('row.roomSid = :room', { room });
    if (node !== undefined) query.andWhere('row.nodeId = :node', { node });
    if (open !== undefined) query.andWhere(`row.endedAt IS ${open === 'true' ? '' : 'NOT '}NULL`);
    const { items, nextCursor } = await keysetPage(query, { time: 'issuedAt', id: 'grantHash' }, wanted);
    return { items: items.map(view), nextCursor };
  }
}

function view(record: GrantRecord): GrantView {
  const { grantHash, session, projectId, roomSid, roomName, granted } = record;
  return {
    grantHash,
    session,
    projectId,
    roomSid,
    roomName,
    nodeId: record.nodeId.toString(),
    granted,
    seq: record.seq.toString(),
    issuedAt: record.issuedAt.toISOString(),
    seenAt: record.seenAt.toISOString(),
    endedAt: record.endedAt?.toISOString() ?? null,
  };
}
