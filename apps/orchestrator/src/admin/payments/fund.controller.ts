import { Get } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { OrchestratorSettings } from '../../configuration/orchestrator-settings.js';
import { ProofNetwork } from '../../proofs/network/proof-network.port.js';
import { ProofSettings } from '../../proofs/proof-settings.js';
import { AdminController } from '../admin-api.js';
import { FundView } from './payment-views.js';

/** The money that nodes are paid from, as the chain has it now. */
@AdminController('payments/fund', 'payments')
export class FundController {
  constructor(
    private readonly settings: OrchestratorSettings,
    private readonly terms: ProofSettings,
    private readonly network: ProofNetwork,
  ) {}

  @Get()
  @ApiOkResponse({ type: FundView })
  async fund(): Promise<FundView> {
    const { memberId } = this.settings;
    const { total, reserved, leaving, dependable } = await this.network.fundOf(memberId);
    const { pricePerGiB, maxKbps, maxValue, lifetimeSec } = this.terms;
    return {
      orchId: memberId.toString(),
      total: total.toString(),
      reserved: reserved.toString(),
      leaving: leaving.toString(),
      dependable: dependable.toString(),
      terms: { pricePerGiB: pricePerGiB.toString(), maxKbps, maxValue: maxValue.toString(), lifetimeSec },
    };
  }
}
