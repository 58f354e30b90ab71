import { ApiProperty } from '@nestjs/swagger';

/** What the admin API shows. 64-bit numbers are decimal texts, times ISO 8601. */

export class ProjectView {
  @ApiProperty({ example: 'PR_8hJk2mNpQrSt' }) id: string;
  @ApiProperty() name: string;
  @ApiProperty() createdAt: string;
}

export class ProjectPage {
  @ApiProperty({ type: [ProjectView] }) items: ProjectView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class ApiKeyView {
  @ApiProperty({ example: 'APIx7bQmZkWvTnE' }) apiKey: string;
  @ApiProperty() createdAt: string;
  @ApiProperty({ type: String, nullable: true, description: 'Null: in force' }) revokedAt: string | null;
}

export class ApiKeyList {
  @ApiProperty({ type: [ApiKeyView] }) items: ApiKeyView[];
}

export class CreatedApiKeyView {
  @ApiProperty() apiKey: string;
  @ApiProperty({ description: 'Shown this once' }) apiSecret: string;
  @ApiProperty() createdAt: string;
}

export class WebhookView {
  @ApiProperty({ example: 'WH_8hJk2mNpQrSt' }) id: string;
  @ApiProperty() url: string;
  @ApiProperty() createdAt: string;
}

export class WebhookList {
  @ApiProperty({ type: [WebhookView] }) items: WebhookView[];
}

export class CapacityView {
  @ApiProperty() egressBps: string;
  @ApiProperty() packetsPerSecond: string;
  @ApiProperty() sessions: number;
}

export class NodeView {
  @ApiProperty() id: string;
  @ApiProperty({ enum: ['announced', 'live', 'suspect', 'draining', 'dead'] }) state: string;
  @ApiProperty({ enum: ['ok', 'degraded', 'draining'] }) health: string;
  @ApiProperty() region: string;
  @ApiProperty() controlUrl: string;
  @ApiProperty() softwareVersion: string;
  @ApiProperty({ type: CapacityView }) capacity: CapacityView;
  @ApiProperty({ type: CapacityView, description: 'Sum of live leases as last reported' }) leased: CapacityView;
  @ApiProperty({ description: 'Busiest worker, 0..1000' }) cpuPermille: number;
  @ApiProperty() sessions: number;
  @ApiProperty() lastSeenAt: string;
}

export class NodeList {
  @ApiProperty({ type: [NodeView] }) items: NodeView[];
}

export class RoomView {
  @ApiProperty() sid: string;
  @ApiProperty() name: string;
  @ApiProperty() participants: number;
  @ApiProperty() publishers: number;
  @ApiProperty() createdAt: string;
  @ApiProperty() metadata: string;
}

export class RoomList {
  @ApiProperty({ type: [RoomView] }) items: RoomView[];
}

export class AllocationView {
  @ApiProperty({ example: 'AL_8hJk2mNpQrSt' }) id: string;
  @ApiProperty() projectId: string;
  @ApiProperty() roomName: string;
  @ApiProperty() roomSid: string;
  @ApiProperty() nodeId: string;
  @ApiProperty({ type: [String], description: 'Why this node and not another' }) reasons: string[];
  @ApiProperty({ description: 'SHA-256 of the canonical inputs' }) inputsHash: string;
  @ApiProperty() createdAt: string;
  @ApiProperty({ type: String, nullable: true }) releasedAt: string | null;
}

export class AllocationPage {
  @ApiProperty({ type: [AllocationView] }) items: AllocationView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class AllocationDetail extends AllocationView {
  @ApiProperty({ type: Object, description: 'Everything that decided' }) inputs: object;
  @ApiProperty({ type: String, nullable: true, description: 'Node that the stored inputs give now' })
  replayedNodeId: string | null;
  @ApiProperty({ description: 'The inputs still have their hash and give the node that was used' })
  verified: boolean;
}

export class SessionView {
  @ApiProperty({ example: 'PA_8hJk2mNpQrSt' }) sid: string;
  @ApiProperty() projectId: string;
  @ApiProperty() roomSid: string;
  @ApiProperty() roomName: string;
  @ApiProperty() identity: string;
  @ApiProperty() nodeId: string;
  @ApiProperty() joinedAt: string;
  @ApiProperty() lastSeenAt: string;
  @ApiProperty({ type: String, nullable: true }) leftAt: string | null;
  @ApiProperty({ type: String, nullable: true }) endReason: string | null;
  @ApiProperty({ description: 'Received by the node from the participant' }) rxBytes: string;
  @ApiProperty({ description: 'Sent by the node to the participant' }) txBytes: string;
  @ApiProperty() rxPackets: string;
  @ApiProperty() txPackets: string;
  @ApiProperty() activeSeconds: number;
}

export class SessionPage {
  @ApiProperty({ type: [SessionView] }) items: SessionView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor: string | null;
}

export class ErrorView {
  @ApiProperty({ description: 'A code of docs/errors.md' }) code: string;
  @ApiProperty({ description: 'What was expected, what came, what to do' }) message: string;
}
