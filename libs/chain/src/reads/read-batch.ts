import type { Hex, PublicClient } from 'viem';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

const states = ['none', 'submitted', 'audited', 'settled', 'rejected'] as const;
export type BatchState = (typeof states)[number];

export interface ChainBatch {
  readonly headerHash: Hex;
  readonly value: bigint;
  /** Seconds since 1970. */
  readonly submittedAt: number;
  /** Version of the standards it is judged by. */
  readonly version: number;
  readonly state: BatchState;
  readonly solo: boolean;
}

/**
 * @param blockNumber state after this block instead of the newest; whoever decides something asks at head minus the
 *   confirmations
 * @returns undefined when no batch of this key was submitted
 */
export async function readBatch(
  client: PublicClient,
  contracts: Contracts,
  key: Hex,
  blockNumber?: bigint,
): Promise<ChainBatch | undefined> {
  try {
    const found = await client.readContract({
      address: contracts.proofs,
      abi: chroomProofsAbi,
      functionName: 'batch',
      args: [key],
      ...(blockNumber === undefined ? {} : { blockNumber }),
    });
    const state = states[found.state] ?? 'none';
    return state === 'none' ? undefined : { ...found, state };
  } catch (error) {
    throw asChainError(error, 'batch');
  }
}
