import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { fundsOf, type OrchestratorFunds } from './orchestrator-funds.js';

export async function readFunds(
  client: PublicClient,
  contracts: Contracts,
  orchId: bigint,
): Promise<OrchestratorFunds> {
  const core = { address: contracts.core, abi: chroomCoreAbi } as const;
  try {
    const [{ total, reserved }, { amount: leaving }] = await Promise.all([
      client.readContract({ ...core, functionName: 'funds', args: [orchId] }),
      client.readContract({ ...core, functionName: 'fundWithdrawal', args: [orchId] }),
    ]);
    return fundsOf({ total, reserved, leaving });
  } catch (error) {
    throw asChainError(error, 'funds');
  }
}
