import { ChroomError, exchange } from '@chroom/protocol';
import type { Address, Hex } from 'viem';
import { loggable } from '../errors/loggable.js';

const requestTimeoutMs = 5_000;
/** More than the logs of 2000 full blocks. */
const answerMaxBytes = 64 * 1024 * 1024;

/** A log as the chain tells it. */
export interface RawLog {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly transactionHash: Hex;
  readonly topics: readonly string[];
  readonly data: string;
}

/**
 * The few questions of a follower, as JSON-RPC over HTTP; the general client costs every process 14 MB of memory. Every
 * request has a deadline. An endpoint that stalls, refuses or talks nonsense is one that does not answer: whoever asks goes
 * on with what it knows, and asks again.
 */
export class RpcSource {
  constructor(private readonly url: string) {}

  async chainId(): Promise<number> {
    return Number(asQuantity('eth_chainId', await this.ask('eth_chainId', [])));
  }

  async blockNumber(): Promise<bigint> {
    return asQuantity('eth_blockNumber', await this.ask('eth_blockNumber', []));
  }

  async blockHash(blockNumber: bigint): Promise<Hex> {
    const block = await this.ask('eth_getBlockByNumber', [quantity(blockNumber), false]);
    return asBytes32('eth_getBlockByNumber', (block as { hash?: unknown } | null)?.hash);
  }

  async logs(address: readonly Address[], from: bigint, to: bigint): Promise<RawLog[]> {
    const range = { address, fromBlock: quantity(from), toBlock: quantity(to) };
    const logs = await this.ask('eth_getLogs', [range]);
    if (!Array.isArray(logs)) throw nonsense('eth_getLogs');
    return logs.filter((log) => log?.removed !== true).map(asLog);
  }

  /**
   * The words of 32 bytes, in hexadecimal digits, that a function returns.
   * @param data  its selector, and its arguments in words of 32 bytes
   * @throws ChroomError CHAIN_WRONG when there is no such contract
   */
  async read(to: Address, data: Hex, words: number): Promise<string[]> {
    const result = await this.ask('eth_call', [{ to, data }, 'latest']);
    const digits = typeof result === 'string' && /^0x[0-9a-f]*$/.test(result) ? result.slice(2) : '';
    if (digits.length < words * wordDigits) {
      throw new ChroomError('CHAIN_WRONG', `There is no ChroomCore at ${to}. Set CHROOM_CORE_ADDRESS.`);
    }
    return Array.from({ length: words }, (_, index) => digits.slice(index * wordDigits, (index + 1) * wordDigits));
  }

  private async ask(method: string, params: readonly unknown[]): Promise<unknown> {
    let answer: { readonly result?: unknown; readonly error?: { readonly code?: number; readonly message?: string } };
    try {
      const { text } = await exchange(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        deadlineMs: requestTimeoutMs,
        answerMaxBytes,
      });
      answer = JSON.parse(text);
    } catch (error) {
      throw new ChroomError('CHAIN_UNAVAILABLE', `${method}: the chain does not answer. Check CHROOM_RPC_URL.`, {
        cause: loggable(error),
      });
    }
    // A call that reverts: whatever is at that address, it is no contract of ours.
    if (answer.error?.code === revertCode) return '0x';
    if (answer.result === undefined) {
      const why = String(answer.error?.message ?? 'no result').slice(0, 200);
      throw new ChroomError('CHAIN_UNAVAILABLE', `${method}: the endpoint of CHROOM_RPC_URL refuses: ${why}`);
    }
    return answer.result;
  }
}

const wordDigits = 64;
const revertCode = 3;

function asLog(log: Record<string, unknown>): RawLog {
  const { topics, data } = log;
  const isWhole = Array.isArray(topics) && topics.every(isBytes32) && typeof data === 'string';
  if (!isWhole) throw nonsense('eth_getLogs');
  return {
    blockNumber: asQuantity('eth_getLogs', log.blockNumber),
    blockHash: asBytes32('eth_getLogs', log.blockHash),
    logIndex: Number(asQuantity('eth_getLogs', log.logIndex)),
    transactionHash: asBytes32('eth_getLogs', log.transactionHash),
    topics,
    data,
  };
}

function quantity(value: bigint): Hex {
  return `0x${value.toString(16)}`;
}

function asQuantity(method: string, value: unknown): bigint {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{1,64}$/i.test(value)) throw nonsense(method);
  return BigInt(value);
}

function asBytes32(method: string, value: unknown): Hex {
  if (!isBytes32(value)) throw nonsense(method);
  return value;
}

function isBytes32(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value);
}

/** What an endpoint says that no chain of ours can. */
export function nonsense(method: string): ChroomError {
  return new ChroomError('CHAIN_UNAVAILABLE', `${method}: the endpoint of CHROOM_RPC_URL answers nonsense.`);
}
