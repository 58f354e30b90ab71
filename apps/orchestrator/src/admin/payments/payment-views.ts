import { ApiProperty } from '@nestjs/swagger';

/** Grants, receipts, batches and money. Amounts are decimal texts in the smallest unit of the token. */

export class GrantView {
  @ApiProperty({ description: 'Struct hash; receipts and leaves name it' }) grantHash: string;
  @ApiProperty({ description: 'Participant sid' }) session: string;
  @ApiProperty() projectId: string;
  @ApiProperty() roomSid: string;
  @ApiProperty() roomName: string;
  @ApiProperty() nodeId: string;
  @ApiProperty({ type: Object, description: 'The signed fields' }) granted: object;
  @ApiProperty({ description: 'Number of the newest receipt' }) seq: string;
  @ApiProperty() issuedAt: string;
  @ApiProperty({ description: 'Up to here presence is recorded' }) seenAt: string;
  @ApiProperty({ type: String, nullable: true }) endedAt: string | null;
}

export class GrantPage {
  @ApiProperty({ type: [GrantView] }) items: GrantView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class ReceiptView {
  @ApiProperty() grantHash: string;
  @ApiProperty() epoch: string;
  @ApiProperty() nodeId: string;
  @ApiProperty() seq: string;
  @ApiProperty({ description: 'ready: waits for the node', enum: ['ready', 'kept', 'refused', 'unwanted', 'given-up'] })
  state: string;
  @ApiProperty({ type: String, nullable: true }) refusalCode: string | null;
  @ApiProperty({ type: String, nullable: true }) refusalMessage: string | null;
  @ApiProperty({ description: 'Seconds in which media flowed' }) activeSec: number;
  @ApiProperty({ description: 'Bytes that the client received' }) rxBytes: string;
  @ApiProperty({ description: 'Bytes that the client sent' }) txBytes: string;
  @ApiProperty() lossPpm: number;
  @ApiProperty() jitterUs: number;
  @ApiProperty() rttUs: number;
  @ApiProperty({ type: String, nullable: true, description: 'Null while the standard of the epoch is not known' })
  value: string | null;
  @ApiProperty({ description: 'Its hash in the batch' }) leafHash: string;
  @ApiProperty() signedAt: string;
}

export class ReceiptPage {
  @ApiProperty({ type: [ReceiptView] }) items: ReceiptView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class BatchView {
  @ApiProperty() batchKey: string;
  @ApiProperty() nodeId: string;
  @ApiProperty() epoch: string;
  @ApiProperty({ type: Object }) header: object;
  @ApiProperty() headerHash: string;
  @ApiProperty({ description: 'Name of the leaf file below /v1/leaf-files' }) leafFile: string;
  @ApiProperty() nodeSignature: string;
  @ApiProperty() orchSignature: string;
  @ApiProperty() signedAt: string;
  @ApiProperty({ type: String, nullable: true }) settledAt: string | null;
}

export class BatchPage {
  @ApiProperty({ type: [BatchView] }) items: BatchView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class RefusedReportView {
  @ApiProperty() grantHash: string;
  @ApiProperty() epoch: string;
  @ApiProperty({ description: 'For example RX_OVER_BOUND or COUNTERS_BACK' }) code: string;
  @ApiProperty() reported: string;
  @ApiProperty() accepted: string;
  @ApiProperty({ description: 'Receipts at which it was so' }) times: number;
  @ApiProperty() lastAt: string;
}

export class RefusedReportPage {
  @ApiProperty({ type: [RefusedReportView] }) items: RefusedReportView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class CosignRefusalView {
  @ApiProperty() batchKey: string;
  @ApiProperty() nodeId: string;
  @ApiProperty() epoch: string;
  @ApiProperty() fault: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Position of the leaf at fault' }) leaf: number | null;
  @ApiProperty() message: string;
  @ApiProperty() times: number;
  @ApiProperty() lastAt: string;
}

export class CosignRefusalPage {
  @ApiProperty({ type: [CosignRefusalView] }) items: CosignRefusalView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class FundTerms {
  @ApiProperty() pricePerGiB: string;
  @ApiProperty() maxKbps: number;
  @ApiProperty() maxValue: string;
  @ApiProperty() lifetimeSec: number;
}

export class FundView {
  @ApiProperty() orchId: string;
  @ApiProperty({ description: 'All that is locked for this orchestrator' }) total: string;
  @ApiProperty({ description: 'Part of it that open batches hold' }) reserved: string;
  @ApiProperty({ description: 'Announced to be withdrawn' }) leaving: string;
  @ApiProperty({ description: 'What new batches can count on' }) dependable: string;
  @ApiProperty({ description: 'What is granted now' }) terms: FundTerms;
}
