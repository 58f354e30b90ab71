import {
  asChainError,
  type ChainBatch,
  type ChainStandard,
  type ContractCall,
  chroomCoreAbi,
  claimCall,
  openChain,
  readBatch,
  readClock,
  readContracts,
  readMember,
  readSignerAt,
  readStandardAt,
  readStoppedSeconds,
  refusalOf,
  releaseUnauditedCall,
  settleManyCall,
  submitCall,
  windowsSumOf,
  wrongChain,
} from '@chroom/chain';
import { ChroomError } from '@chroom/protocol';
import { type BatchHeader, epochStartSec } from '@chroom/protocol/proofs';
import {
  type Address,
  createPublicClient,
  type Hex,
  http,
  type PublicClient,
  TransactionNotFoundError,
  TransactionReceiptNotFoundError,
} from 'viem';
import {
  type ChainHead,
  ContractRefusal,
  type EpochRules,
  type MinedTransaction,
  type NetworkFacts,
  SettlementChain,
} from './settlement-chain.js';

export interface ViemChainOptions {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly core: Address;
  /** So many blocks behind the head nothing is turned back. */
  readonly confirmations: bigint;
  readonly monotonicMs?: () => number;
}

/** Retries are ours: each job waits and asks again by its own policy. */
const requestTimeoutMs = 5_000;
const rulesKept = 1_024;
const signersKept = 4_096;
/** What a reorg may still change is asked again after this; an epoch's first receipts come many at a time. */
const undecidedMs = 1_000;
/** What nodes say to bytes that they have or had already. */
const alreadyThere = /already known|already imported|nonce too low|known transaction|nonce has already been used/i;

/** The chain over JSON-RPC. Keys and rules of an epoch whose beginning no reorg can reach are asked once. */
export class ViemSettlementChain extends SettlementChain {
  private readonly rules: Answers<EpochRules>;
  private readonly signers: Answers<Address>;
  /** Time of the newest block that was seen to be out of a reorg's reach. */
  private decidedSec = 0;
  private lookAgainAtMs = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly client: PublicClient,
    readonly facts: NetworkFacts,
    private readonly confirmations: bigint,
    private readonly monotonicMs: () => number,
  ) {
    super();
    this.rules = new Answers(rulesKept, monotonicMs);
    this.signers = new Answers(signersKept, monotonicMs);
  }

  /**
   * @param known facts of an earlier start, used while the chain is down
   * @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when it is another chain than expected
   */
  static async open(options: ViemChainOptions, known?: NetworkFacts): Promise<ViemSettlementChain> {
    const transport = http(options.rpcUrl, { timeout: requestTimeoutMs, retryCount: 0 });
    const client: PublicClient = createPublicClient({ transport, cacheTime: 0 });
    const facts = await readFacts(options).catch((error: unknown) => {
      const isDown = error instanceof ChroomError && error.code === 'CHAIN_UNAVAILABLE';
      if (known && isDown) return known;
      throw error;
    });
    const monotonicMs = options.monotonicMs ?? (() => performance.now());
    return new ViemSettlementChain(client, facts, options.confirmations, monotonicMs);
  }

  override async head(): Promise<ChainHead> {
    const [[block, tip]] = await Promise.all([
      this.ask('head', () =>
        Promise.all([
          this.client.getBlock({ blockTag: 'latest' }),
          this.client.estimateMaxPriorityFeePerGas().catch(() => 0n),
        ]),
      ),
      this.checkChain(),
    ]);
    const head = { number: block.number, timeSec: Number(block.timestamp), baseFee: block.baseFeePerGas ?? 0n, tip };
    if (typeof head.number !== 'bigint' || !(head.timeSec > 0)) throw nonsense('head');
    return head;
  }

  private async checkChain(): Promise<void> {
    const { chainId } = this.facts.contracts;
    const received = await this.ask('chain id', () => this.client.getChainId());
    if (!(received > 0)) throw nonsense('chain id');
    if (received !== chainId) throw wrongChain(chainId, received);
  }

  override async timeOf(blockNumber: bigint): Promise<number> {
    return Number((await this.ask('block', () => this.client.getBlock({ blockNumber }))).timestamp);
  }

  override async blockHash(blockNumber: bigint): Promise<Hex | undefined> {
    return (await this.ask('block', () => this.client.getBlock({ blockNumber }))).hash ?? undefined;
  }

  override async isDecided(epoch: number): Promise<boolean> {
    const startSec = epochStartSec(this.facts.clock, epoch);
    if (startSec > this.decidedSec && this.monotonicMs() >= this.lookAgainAtMs) {
      const [head] = await Promise.all([this.ask('head', () => this.client.getBlockNumber()), this.checkChain()]);
      const decided = head > this.confirmations ? await this.timeOf(head - this.confirmations) : 0;
      this.decidedSec = Math.max(this.decidedSec, decided);
      this.lookAgainAtMs = this.monotonicMs() + undecidedMs;
    }
    return startSec <= this.decidedSec;
  }

  override async rulesAt(epoch: number): Promise<EpochRules> {
    const name = String(epoch);
    const kept = this.rules.get(name);
    if (kept) return kept;
    const isDecided = await this.isDecided(epoch);
    const named = await this.ask('standard', () => readStandardAt(this.client, this.facts.contracts, epoch));
    return this.rules.keep(name, rulesOf(named.standard), isDecided);
  }

  override stoppedSec(sinceSec: number): Promise<number> {
    return this.ask('stops', () => readStoppedSeconds(this.client, this.facts.contracts, sinceSec));
  }

  override async signerAt(memberId: bigint, epoch: number): Promise<Address | undefined> {
    const name = `${memberId}-${epoch}`;
    const kept = this.signers.get(name);
    if (kept) return kept;
    // Asked first: what is read after it is read on top of that block.
    const isDecided = await this.isDecided(epoch);
    const signer = await this.ask('key', () => readSignerAt(this.client, this.facts.contracts, memberId, epoch));
    return signer && this.signers.keep(name, signer, isDecided);
  }

  override async ownerOf(memberId: bigint): Promise<Address | undefined> {
    return (await this.ask('member', () => readMember(this.client, this.facts.contracts, memberId)))?.owner;
  }

  override accrued(memberId: bigint, blockNumber: bigint): Promise<bigint> {
    const contract = { address: this.facts.contracts.core, abi: chroomCoreAbi } as const;
    return this.ask('accrued', () =>
      this.client.readContract({ ...contract, functionName: 'accrued', args: [memberId], blockNumber }),
    );
  }

  override batch(key: Hex, blockNumber: bigint): Promise<ChainBatch | undefined> {
    return this.ask('batch', () => readBatch(this.client, this.facts.contracts, key, blockNumber));
  }

  override async nonceAt(address: Address, blockNumber: bigint): Promise<number> {
    const nonce = await this.ask('nonce', () => this.client.getTransactionCount({ address, blockNumber }));
    if (!Number.isSafeInteger(nonce)) throw nonsense('nonce');
    return nonce;
  }

  override async hasClaimed(memberId: bigint, blockNumber: bigint, transaction: Hex): Promise<boolean> {
    const claims = await this.ask('claims', () =>
      this.client.getContractEvents({
        ...{ address: this.facts.contracts.core, abi: chroomCoreAbi, eventName: 'Claimed', args: { id: memberId } },
        ...{ fromBlock: blockNumber, toBlock: blockNumber },
      }),
    );
    return claims.some(({ transactionHash }) => transactionHash === transaction);
  }

  override async mined(hash: Hex): Promise<MinedTransaction | undefined> {
    const receipt = await this.askOptional('receipt', () => this.client.getTransactionReceipt({ hash }));
    if (!receipt) return undefined;
    const { blockNumber, blockHash, status } = receipt;
    const isWhole = typeof blockNumber === 'bigint' && /^0x[0-9a-f]{64}$/.test(blockHash ?? '');
    if (!isWhole || (status !== 'success' && status !== 'reverted')) throw nonsense('receipt');
    return { blockNumber, blockHash, succeeded: status === 'success' };
  }

  override async isKnown(hash: Hex): Promise<boolean> {
    return (await this.askOptional('transaction', () => this.client.getTransaction({ hash }))) !== undefined;
  }

  override async estimateGas(from: Address, { name, to, data }: ContractCall): Promise<bigint> {
    try {
      return await this.client.estimateGas({ account: from, to, data });
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal) throw new ContractRefusal(refusal.name, asChainError(error, name).message);
      throw asOutage(error, name, from);
    }
  }

  override async broadcast(from: Address, serializedTransaction: Hex): Promise<void> {
    try {
      await this.client.sendRawTransaction({ serializedTransaction });
    } catch (error) {
      if (!alreadyThere.test(String((error as Error).message))) throw asOutage(error, 'broadcast', from);
    }
  }

  override submitCall(header: BatchHeader, nodeSignature: Hex, orchSignature: Hex): ContractCall {
    return submitCall(this.facts.contracts, { header, nodeSignature, orchSignature });
  }

  override settleCall(headers: readonly BatchHeader[]): ContractCall {
    return settleManyCall(this.facts.contracts, headers);
  }

  override releaseCall(header: BatchHeader): ContractCall {
    return releaseUnauditedCall(this.facts.contracts, header);
  }

  override claimCall(id: bigint, to: Address): ContractCall {
    return claimCall(this.facts.contracts, { id, to });
  }

  private async ask<T>(what: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw asOutage(error, what);
    }
  }

  private async askOptional<T>(what: string, request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      const isMissing = error instanceof TransactionNotFoundError || error instanceof TransactionReceiptNotFoundError;
      if (isMissing) return undefined;
      throw asOutage(error, what);
    }
  }
}

/** Numbers only: the rules are kept as JSON for times without a chain. */
function rulesOf(named: ChainStandard): EpochRules {
  const { submitWindow: submitWindowSec, challengeWindow: challengeWindowSec, feeBps } = named;
  const { minKbps, lossGoodPpm, lossMaxPpm, jitterGoodUs, jitterMaxUs, minUptimeSlots } = named;
  const standard = { minKbps, lossGoodPpm, lossMaxPpm, jitterGoodUs, jitterMaxUs, minUptimeSlots };
  return { standard, submitWindowSec, challengeWindowSec, auditableSec: windowsSumOf(named), feeBps };
}

/** The contracts were there at the start: an endpoint that no longer knows them is one that does not answer. */
function asOutage(error: unknown, what: string, sender?: Address): ChroomError {
  const told = asChainError(error, what, sender);
  if (told.code === 'SENDER_UNFUNDED') return told;
  const { message, cause } = told;
  return new ChroomError('CHAIN_UNAVAILABLE', message, { cause });
}

function nonsense(what: string): ChroomError {
  return new ChroomError('CHAIN_UNAVAILABLE', `${what}: the endpoint of CHROOM_RPC_URL answers nonsense`);
}

async function readFacts({ core, ...settings }: ViemChainOptions): Promise<NetworkFacts> {
  const client = await openChain(settings);
  const contracts = await readContracts(client, core);
  return { contracts, clock: await readClock(client, contracts) };
}

/** A bounded number of answers; the oldest goes first. One that is not decided is forgotten soon. */
class Answers<Value> {
  private readonly kept = new Map<string, { readonly value: Value; readonly untilMs: number }>();

  constructor(
    private readonly most: number,
    private readonly monotonicMs: () => number,
  ) {}

  get(name: string): Value | undefined {
    const found = this.kept.get(name);
    return found && this.monotonicMs() < found.untilMs ? found.value : undefined;
  }

  keep(name: string, value: Value, isDecided: boolean): Value {
    const untilMs = isDecided ? Number.POSITIVE_INFINITY : this.monotonicMs() + undecidedMs;
    this.kept.delete(name);
    const [oldest] = this.kept.keys();
    if (this.kept.size >= this.most && oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(name, { value, untilMs });
    return value;
  }
}
