import type { PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';

export interface OrchestratorFunds {
  readonly total: bigint;
  /** Part of total that open batches hold. */
  readonly reserved: bigint;
  /** Announced to be withdrawn; whoever serves should count it as gone. */
  readonly leaving: bigint;
  /** What a careful node counts on: neither reserved nor leaving. */
  readonly dependable: bigint;
}

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
    const rest = total - reserved - leaving;
    return { total, reserved, leaving, dependable: rest > 0n ? rest : 0n };
  } catch (error) {
    throw asChainError(error, 'funds');
  }
}
