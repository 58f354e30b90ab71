import type { ChroomError } from '@chroom/protocol';
import type { Address } from 'viem';
import type { EpochRules, SettlementChain } from './settlement-chain.js';

/** A fact of an epoch; uncertain when the chain was away and the newest known one was taken instead. */
export interface Known<T> {
  readonly value: T;
  readonly isCertain: boolean;
  /** No reorg changes it any more. */
  readonly isDecided: boolean;
}

const membersMax = 4_096;

/** Keys and rules for work that goes on while the chain is away. */
export class ChainKnowledge {
  private readonly newestSigners = new Map<bigint, Address>();
  private newestRules: EpochRules | undefined;

  constructor(readonly chain: SettlementChain) {}

  /** undefined: the member has no key in that epoch. @throws ChroomError CHAIN_UNAVAILABLE when nothing is known */
  async signerAt(memberId: bigint, epoch: number): Promise<Known<Address | undefined>> {
    try {
      const isDecided = await this.chain.isDecided(epoch);
      const value = await this.chain.signerAt(memberId, epoch);
      if (value) this.remember(memberId, value);
      return { value, isCertain: true, isDecided };
    } catch (error) {
      return { value: insteadOf(error, this.newestSigners.get(memberId)), isCertain: false, isDecided: false };
    }
  }

  async rulesAt(epoch: number): Promise<Known<EpochRules>> {
    try {
      const isDecided = await this.chain.isDecided(epoch);
      this.newestRules = await this.chain.rulesAt(epoch);
      return { value: this.newestRules, isCertain: true, isDecided };
    } catch (error) {
      return { value: insteadOf(error, this.newestRules), isCertain: false, isDecided: false };
    }
  }

  private remember(memberId: bigint, signer: Address): void {
    if (this.newestSigners.size >= membersMax && !this.newestSigners.has(memberId)) return;
    this.newestSigners.set(memberId, signer);
  }
}

function insteadOf<T>(error: unknown, known: T | undefined): T {
  const isDown = (error as ChroomError).code === 'CHAIN_UNAVAILABLE';
  if (!isDown || known === undefined) throw error;
  return known;
}
