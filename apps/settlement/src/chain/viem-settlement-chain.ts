import {
  asChainError,
  type ChainBatch,
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
  refusalOf,
  settleManyCall,
  submitCall,
} from '@chroom/chain';
import { ChroomError } from '@chroom/protocol';
import type { BatchHeader } from '@chroom/protocol/proofs';
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
}

/** Retries are ours: each job waits and asks again by its own policy. */
const requestTimeoutMs = 5_000;
const rulesKept = 1_024;
const signersKept = 4_096;
/** What nodes say to bytes that they have or had already. */
const alreadyThere = /already known|already imported|nonce too low|known transaction|nonce has already been used/i;

/** The chain over JSON-RPC. Keys and rules of an epoch that has begun never change and are asked once. */
export class ViemSettlementChain extends SettlementChain {
  private readonly rules = new Map<number, EpochRules>();
  private readonly signers = new Map<string, Address>();

  private constructor(
    private readonly client: PublicClient,
    readonly facts: NetworkFacts,
  ) {
    super();
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
    return new ViemSettlementChain(client, facts);
  }

  override async head(): Promise<ChainHead> {
    const [block, tip] = await this.ask('head', () =>
      Promise.all([
        this.client.getBlock({ blockTag: 'latest' }),
        this.client.estimateMaxPriorityFeePerGas().catch(() => 0n),
      ]),
    );
    const head = { number: block.number, timeSec: Number(block.timestamp), baseFee: block.baseFeePerGas ?? 0n, tip };
    if (typeof head.number !== 'bigint' || !(head.timeSec > 0)) throw nonsense('head');
    return head;
  }

  override async timeOf(blockNumber: bigint): Promise<number> {
    return Number((await this.ask('block', () => this.client.getBlock({ blockNumber }))).timestamp);
  }

  override async blockHash(blockNumber: bigint): Promise<Hex | undefined> {
    return (await this.ask('block', () => this.client.getBlock({ blockNumber }))).hash ?? undefined;
  }

  override async rulesAt(epoch: number): Promise<EpochRules> {
    const kept = this.rules.get(epoch);
    if (kept) return kept;
    const { standard } = await this.ask('standard', () => readStandardAt(this.client, this.facts.contracts, epoch));
    const { submitWindow: submitWindowSec, challengeWindow: challengeWindowSec, feeBps } = standard;
    return keep(this.rules, rulesKept, epoch, { standard, submitWindowSec, challengeWindowSec, feeBps });
  }

  override async signerAt(memberId: bigint, epoch: number): Promise<Address | undefined> {
    const name = `${memberId}-${epoch}`;
    const kept = this.signers.get(name);
    if (kept) return kept;
    const signer = await this.ask('key', () => readSignerAt(this.client, this.facts.contracts, memberId, epoch));
    return signer && keep(this.signers, signersKept, name, signer);
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
      throw asOutage(error, name);
    }
  }

  override async broadcast(serializedTransaction: Hex): Promise<void> {
    try {
      await this.client.sendRawTransaction({ serializedTransaction });
    } catch (error) {
      if (!alreadyThere.test(String((error as Error).message))) throw asOutage(error, 'broadcast');
    }
  }

  override submitCall(header: BatchHeader, nodeSignature: Hex, orchSignature: Hex): ContractCall {
    return submitCall(this.facts.contracts, { header, nodeSignature, orchSignature });
  }

  override settleCall(headers: readonly BatchHeader[]): ContractCall {
    return settleManyCall(this.facts.contracts, headers);
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

/** The contracts were there at the start: an endpoint that no longer knows them is one that does not answer. */
function asOutage(error: unknown, what: string): ChroomError {
  const { message, cause } = asChainError(error, what);
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

/** Adds to a map of bounded size; the oldest entry goes first. */
function keep<Key, Value>(map: Map<Key, Value>, most: number, key: Key, value: Value): Value {
  if (map.size >= most) map.delete(map.keys().next().value as Key);
  map.set(key, value);
  return value;
}
