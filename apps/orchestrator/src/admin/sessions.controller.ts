import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { SessionRecord } from '../sessions/session.entity.js';
import { AdminController } from './admin-api.js';
import { keysetPage, PageQuery } from './keyset-page.js';
import { SessionPage, type SessionView } from './views.js';

class SessionQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Id of a project' })
  @IsOptional()
  @IsString()
  @MaxLength(64)
  project?: string;

  @ApiPropertyOptional({ description: 'Name or sid of a room' })
  @IsOptional()
  @IsString()
  @MaxLength(256)
  room?: string;

  @ApiPropertyOptional({
    description: 'true: only who is there now; false: only who has left',
    enum: ['true', 'false'],
  })
  @IsOptional()
  @IsIn(['true', 'false'])
  open?: 'true' | 'false';
}

/** This orchestrator's record of stays, at most 10 s old. */
@AdminController('sessions', 'sessions')
export class SessionsController {
  constructor(private readonly database: DataSource) {}

  @Get()
  @ApiOkResponse({ type: SessionPage })
  async list(@Query() wanted: SessionQuery): Promise<SessionPage> {
    const query = this.database.getRepository(SessionRecord).createQueryBuilder('row');
    const { project, room, open } = wanted;
    if (project !== undefined) query.andWhere('row.projectId = :project', { project });
    if (room !== undefined) query.andWhere('(row.roomName = :room OR row.roomSid = :room)', { room });
    if (open !== undefined) query.andWhere(`row.leftAt IS ${open === 'true' ? '' : 'NOT '}NULL`);
    const { items, nextCursor } = await keysetPage(query, { time: 'joinedAt', id: 'sid' }, wanted);
    return { items: items.map(view), nextCursor };
  }
}

function view(record: SessionRecord): SessionView {
  return {
    sid: record.sid,
    projectId: record.projectId,
    roomSid: record.roomSid,
    roomName: record.roomName,
    identity: record.identity,
    nodeId: record.nodeId.toString(),
    joinedAt: record.joinedAt.toISOString(),
    lastSeenAt: record.lastSeenAt.toISOString(),
    leftAt: record.leftAt?.toISOString() ?? null,
    endReason: record.endReason,
    rxBytes: record.rxBytes.toString(),
    txBytes: record.txBytes.toString(),
    rxPackets: record.rxPackets.toString(),
    txPackets: record.txPackets.toString(),
    activeSeconds: record.activeSeconds,
  };
}
