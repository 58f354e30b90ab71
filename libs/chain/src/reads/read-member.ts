import type { Address, PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { type ChainMemberKind, chainKindOf } from './member-kind.js';

export interface ChainMember {
  readonly owner: Address;
  readonly kind: ChainMemberKind;
  readonly activeFrom: number;
  /** First epoch in which it does not work any more; 0 while it stays. */
  readonly exitEpoch: number;
  readonly stake: bigint;
  readonly atRisk: bigint;
  readonly capacityKbps: number;
}

/** @returns undefined when there is no such member */
export async function readMember(
  client: PublicClient,
  contracts: Contracts,
  id: bigint,
): Promise<ChainMember | undefined> {
  try {
    const found = await client.readContract({
      address: contracts.core,
      abi: chroomCoreAbi,
      functionName: 'member',
      args: [id],
    });
    return found.kind === 0 ? undefined : { ...found, kind: chainKindOf(found.kind) };
  } catch (error) {
    throw asChainError(error, 'member');
  }
}
