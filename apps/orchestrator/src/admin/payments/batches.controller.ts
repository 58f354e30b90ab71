import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { DataSource } from 'typeorm';
import { CosignRefusalRecord } from '../../proofs/storage/cosign-refusal.entity.js';
import { CosignedBatchRecord } from '../../proofs/storage/cosigned-batch.entity.js';
import { AdminController } from '../admin-api.js';
import { keysetPage, PageQuery } from '../keyset-page.js';
import { BatchPage, type BatchView, CosignRefusalPage, type CosignRefusalView } from './payment-views.js';

class BatchQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Id of a media node' })
  @IsOptional()
  @Matches(/^\d{1,20}$/)
  node?: string;
}

/** Batches of nodes that this orchestrator has signed or refused to sign. */
@AdminController('payments', 'payments')
export class BatchesController {
  constructor(private readonly database: DataSource) {}

  @Get('batches')
  @ApiOkResponse({ type: BatchPage })
  async batches(@Query() wanted: BatchQuery): Promise<BatchPage> {
    const query = this.database.getRepository(CosignedBatchRecord).createQueryBuilder('row');
    if (wanted.node !== undefined) query.andWhere('row.nodeId = :node', { node: wanted.node });
    const { items, nextCursor } = await keysetPage(query, { time: 'signedAt', id: 'batchKey' }, wanted);
    return { items: items.map(batchView), nextCursor };
  }

  @Get('batch-refusals')
  @ApiOkResponse({ type: CosignRefusalPage })
  async refusals(@Query() wanted: BatchQuery): Promise<CosignRefusalPage> {
    const query = this.database.getRepository(CosignRefusalRecord).createQueryBuilder('row');
    if (wanted.node !== undefined) query.andWhere('row.nodeId = :node', { node: wanted.node });
    const { items, nextCursor } = await keysetPage(query, { time: 'lastAt', id: 'id' }, wanted);
    return { items: items.map(refusalView), nextCursor };
  }
}

function batchView(record: CosignedBatchRecord): BatchView {
  const { batchKey, header, headerHash, leafFile, nodeSignature, orchSignature } = record;
  return {
    batchKey,
    nodeId: record.nodeId.toString(),
    epoch: record.epoch.toString(),
    header,
    headerHash,
    leafFile,
    nodeSignature,
    orchSignature,
    signedAt: record.signedAt.toISOString(),
    settledAt: record.settledAt?.toISOString() ?? null,
  };
}

function refusalView(record: CosignRefusalRecord): CosignRefusalView {
  const { batchKey, fault, leaf, message, times } = record;
  return {
    batchKey,
    nodeId: record.nodeId.toString(),
    epoch: record.epoch.toString(),
    fault,
    leaf,
    message,
    times,
    lastAt: record.lastAt.toISOString(),
  };
}
