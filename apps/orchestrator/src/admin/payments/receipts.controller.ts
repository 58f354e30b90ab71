import { hashLeaf, receiptValue, unpackLeaf } from '@chroom/protocol/proofs';
import { Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { DataSource } from 'typeorm';
import { bytesToHex } from 'viem';
import { ProofNetwork } from '../../proofs/network/proof-network.port.js';
import { ReceiptRecord, type ReceiptState } from '../../proofs/storage/receipt.entity.js';
import { RefusedReportRecord } from '../../proofs/storage/refused-report.entity.js';
import { AdminController } from '../admin-api.js';
import { keysetPage, PageQuery } from '../keyset-page.js';
import { ReceiptPage, type ReceiptView, RefusedReportPage, type RefusedReportView } from './payment-views.js';

const states: readonly ReceiptState[] = ['ready', 'kept', 'refused', 'unwanted', 'given-up'];

class GrantedQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Hash of a grant' })
  @IsOptional()
  @Matches(/^0x[0-9a-f]{64}$/)
  grant?: string;

  @ApiPropertyOptional({ description: 'Number of an epoch' })
  @IsOptional()
  @Matches(/^\d{1,10}$/)
  epoch?: string;
}

class ReceiptQuery extends GrantedQuery {
  @ApiPropertyOptional({ description: 'Id of a media node' })
  @IsOptional()
  @Matches(/^\d{1,20}$/)
  node?: string;

  @ApiPropertyOptional({ enum: states })
  @IsOptional()
  @IsIn(states)
  state?: ReceiptState;
}

/** What was signed, where it went, and which parts of nodes' reports were not believed. */
@AdminController('payments', 'payments')
export class ReceiptsController {
  constructor(
    private readonly database: DataSource,
    private readonly network: ProofNetwork,
  ) {}

  @Get('receipts')
  @ApiOkResponse({ type: ReceiptPage })
  async receipts(@Query() wanted: ReceiptQuery): Promise<ReceiptPage> {
    const query = this.database.getRepository(ReceiptRecord).createQueryBuilder('row');
    const { grant, epoch, node, state } = wanted;
    if (grant !== undefined) query.andWhere('row.grantHash = :grant', { grant });
    if (epoch !== undefined) query.andWhere('row.epoch = :epoch', { epoch });
    if (node !== undefined) query.andWhere('row.nodeId = :node', { node });
    if (state !== undefined) query.andWhere('row.state = :state', { state });
    const { items, nextCursor } = await keysetPage(query, { time: 'signedAt', id: 'id' }, wanted);
    return { items: items.map((record) => this.view(record)), nextCursor };
  }

  @Get('refused-reports')
  @ApiOkResponse({ type: RefusedReportPage })
  async refused(@Query() wanted: GrantedQuery): Promise<RefusedReportPage> {
    const query = this.database.getRepository(RefusedReportRecord).createQueryBuilder('row');
    const { grant, epoch } = wanted;
    if (grant !== undefined) query.andWhere('row.grantHash = :grant', { grant });
    if (epoch !== undefined) query.andWhere('row.epoch = :epoch', { epoch });
    const { items, nextCursor } = await keysetPage(query, { time: 'lastAt', id: 'id' }, wanted);
    return { items: items.map(refusedView), nextCursor };
  }

  private view(record: ReceiptRecord): ReceiptView {
    const leaf = unpackLeaf(bytesToHex(record.leaf));
    const { activeSec, rxBytes, txBytes, lossPpm, jitterUs, rttUs, epoch } = leaf.receipt;
    const standard = this.network.standardAt(epoch);
    return {
      grantHash: record.grantHash,
      epoch: record.epoch.toString(),
      nodeId: record.nodeId.toString(),
      seq: record.seq.toString(),
      state: record.state,
      refusalCode: record.refusalCode,
      refusalMessage: record.refusalMessage,
      activeSec,
      rxBytes: rxBytes.toString(),
      txBytes: txBytes.toString(),
      lossPpm,
      jitterUs,
      rttUs,
      value: standard ? receiptValue(leaf.grant, leaf.receipt, standard).toString() : null,
      leafHash: hashLeaf(leaf),
      signedAt: record.signedAt.toISOString(),
    };
  }
}

function refusedView(record: RefusedReportRecord): RefusedReportView {
  const { grantHash, code, times } = record;
  return {
    grantHash,
    epoch: record.epoch.toString(),
    code,
    reported: record.reported.toString(),
    accepted: record.accepted.toString(),
    times,
    lastAt: record.lastAt.toISOString(),
  };
}
