import { ChroomError } from '@chroom/protocol';
import { type LeafDelivery, settlementPaths } from '@chroom/protocol/proofs';
import { Body, Controller, Headers, HttpCode, Post } from '@nestjs/common';
import { SettlementMetrics } from '../http/settlement-metrics.js';
import { AcceptLeaves } from './accept-leaves.js';
import { OperatorAccess } from './operator-access.js';

@Controller(settlementPaths.leaves)
export class LeavesController {
  constructor(
    private readonly access: OperatorAccess,
    private readonly acceptLeaves: AcceptLeaves,
    private readonly metrics: SettlementMetrics,
  ) {}

  @Post()
  @HttpCode(200)
  async deliver(
    @Headers('authorization') authorization: string | undefined,
    @Body() body: unknown,
  ): Promise<LeafDelivery> {
    this.access.check(authorization);
    if (!Buffer.isBuffer(body)) {
      throw new ChroomError('INVALID_ARGUMENT', 'expected packed leaves as application/octet-stream');
    }
    const delivery = await this.acceptLeaves.accept(body);
    this.metrics.countDelivery(delivery);
    return delivery;
  }
}
