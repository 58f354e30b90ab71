import type { Address } from 'viem';
import { keepNewestFact, type NewestFact, newestFacts } from '../storage/newest-fact-store.js';
import type { Queryable } from '../storage/receipt-store.js';
import { type EpochRules, isChainAway, type SettlementChain } from './settlement-chain.js';

/** A fact of an epoch; uncertain when the chain was away and the newest known one was taken instead. */
export interface Known<T> {
  readonly value: T;
  readonly isCertain: boolean;
  /** No reorg changes it any more. */
  readonly isDecided: boolean;
}

/** Members whose keys are kept, and the rules. */
const factsMax = 4_096;

/** Keys and rules for work that goes on while the chain is away; the newest ones outlive the process. */
export class ChainKnowledge {
  private constructor(
    readonly chain: SettlementChain,
    private readonly database: Queryable,
    private readonly newest: Map<string, NewestFact>,
  ) {}

  static async open(chain: SettlementChain, database: Queryable): Promise<ChainKnowledge> {
    return new ChainKnowledge(chain, database, await newestFacts(database, chain.facts.contracts.core));
  }

  /** undefined: the member has no key in that epoch. @throws ChroomError CHAIN_UNAVAILABLE when nothing is known */
  signerAt(memberId: bigint, epoch: number): Promise<Known<Address | undefined>> {
    return this.know(`signer ${memberId}`, epoch, () => this.chain.signerAt(memberId, epoch));
  }

  /** @throws ChroomError CHAIN_UNAVAILABLE when nothing is known */
  rulesAt(epoch: number): Promise<Known<EpochRules>> {
    return this.know('rules', epoch, () => this.chain.rulesAt(epoch));
  }

  private async know<T extends Address | EpochRules | undefined>(
    name: string,
    epoch: number,
    ask: () => Promise<T>,
  ): Promise<Known<T>> {
    let known: Known<T>;
    try {
      const isDecided = await this.chain.isDecided(epoch);
      known = { value: await ask(), isCertain: true, isDecided };
    } catch (error) {
      const newest = this.newest.get(name);
      if (!isChainAway(error) || !newest) throw error;
      return { value: newest.fact as T, isCertain: false, isDecided: false };
    }
    if (known.value !== undefined) await this.remember(name, { epoch, fact: known.value });
    return known;
  }

  /** Written only when it changes, which is seldom. */
  private async remember(name: string, fact: NewestFact): Promise<void> {
    const before = this.newest.get(name);
    if (before ? before.epoch >= fact.epoch : this.newest.size >= factsMax) return;
    if (JSON.stringify(before?.fact) !== JSON.stringify(fact.fact)) {
      await keepNewestFact(this.database, this.chain.facts.contracts.core, name, fact);
    }
    this.newest.set(name, fact);
  }
}
