import type { ChainBatch, ContractCall, Contracts } from '@chroom/chain';
import type { BatchHeader, EpochClock, Standard } from '@chroom/protocol/proofs';
import type { Address, Hex } from 'viem';

/** What never changes about a deployment. */
export interface NetworkFacts {
  readonly contracts: Contracts;
  readonly clock: EpochClock;
}

/** Rules in force at the start of an epoch; windows in seconds. */
export interface EpochRules {
  readonly standard: Standard;
  readonly submitWindowSec: number;
  readonly challengeWindowSec: number;
  /** From its submission on, until which a solo batch can be audited. */
  readonly auditableSec: number;
  /** The network's share of what is settled, in basis points. */
  readonly feeBps: number;
}

export interface ChainHead {
  readonly number: bigint;
  readonly timeSec: number;
  /** Wei per gas. */
  readonly baseFee: bigint;
  readonly tip: bigint;
}

/** A transaction that is in a block. */
export interface MinedTransaction {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly succeeded: boolean;
}

/** A call that the contract would refuse; `errorName` is the name of its custom error. */
export class ContractRefusal extends Error {
  override readonly name = 'ContractRefusal';

  constructor(
    readonly errorName: string,
    message: string,
  ) {
    super(message);
  }
}

/** The chain that settlement works with cannot be asked now; it passes by itself, or when somebody mends the endpoint. */
export function isChainAway(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === 'CHAIN_UNAVAILABLE' || code === 'CHAIN_WRONG';
}

/**
 * Everything that settlement asks of a chain. Each method throws ChroomError CHAIN_UNAVAILABLE when the chain does not
 * answer or answers nonsense, and CHAIN_WRONG when its endpoint has turned to another chain; the caller waits and asks again.
 */
export abstract class SettlementChain {
  abstract readonly facts: NetworkFacts;
  /** Who seals, sends or tracks begins here: the endpoint is asked which chain it serves as well. */
  abstract head(): Promise<ChainHead>;
  abstract timeOf(blockNumber: bigint): Promise<number>;
  abstract blockHash(blockNumber: bigint): Promise<Hex | undefined>;
  /** Whether no reorg changes keys and rules of an epoch any more: they are named before it begins. */
  abstract isDecided(epoch: number): Promise<boolean>;
  abstract rulesAt(epoch: number): Promise<EpochRules>;
  /** How long the intake has stood still since that time: the submit window is longer by it. */
  abstract stoppedSec(sinceSec: number): Promise<number>;
  /** undefined: the member has no key in that epoch. */
  abstract signerAt(memberId: bigint, epoch: number): Promise<Address | undefined>;
  abstract ownerOf(memberId: bigint): Promise<Address | undefined>;
  abstract accrued(memberId: bigint, blockNumber: bigint): Promise<bigint>;
  /** undefined: none was submitted up to that block. */
  abstract batch(key: Hex, blockNumber: bigint): Promise<ChainBatch | undefined>;
  abstract nonceAt(account: Address, blockNumber: bigint): Promise<number>;
  /** Whether the contract paid the member in this transaction of that block, by its own event. */
  abstract hasClaimed(memberId: bigint, blockNumber: bigint, transaction: Hex): Promise<boolean>;
  abstract mined(transaction: Hex): Promise<MinedTransaction | undefined>;
  abstract isKnown(transaction: Hex): Promise<boolean>;
  /** @returns gas that the call needs now. @throws ContractRefusal, or ChroomError SENDER_UNFUNDED */
  abstract estimateGas(from: Address, call: ContractCall): Promise<bigint>;
  /** Refusals that mean "it is there already" are no errors. @throws ChroomError SENDER_UNFUNDED */
  abstract broadcast(from: Address, raw: Hex): Promise<void>;
  abstract submitCall(header: BatchHeader, nodeSignature: Hex, orchSignature: Hex): ContractCall;
  abstract settleCall(headers: readonly BatchHeader[]): ContractCall;
  abstract releaseCall(header: BatchHeader): ContractCall;
  abstract claimCall(memberId: bigint, to: Address): ContractCall;
}
