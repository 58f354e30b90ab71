import { keccak_256 } from '@noble/hashes/sha3';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';
import type { AbiParameter } from 'viem';
import { checksummed } from '../client/checksummed.js';
import type { RawLog } from '../client/rpc-source.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';

// Events of our contracts without the general library, which costs every process 14 MB of memory; a test compares the two.
// All their fields have a fixed size: each is a word of 32 bytes, a struct is its words one after the other.

export interface DecodedLog {
  readonly eventName: string;
  readonly args: Readonly<Record<string, unknown>>;
}

type Parameter = AbiParameter & { readonly indexed?: boolean; readonly components?: readonly AbiParameter[] };

const wordDigits = 64;
/** Larger ones do not fit a number exactly. */
const numberBits = 48;

/** undefined for logs that are none of our events. */
export function decodeLog(log: Pick<RawLog, 'topics' | 'data'>): DecodedLog | undefined {
  const [signature, ...topics] = log.topics;
  const event = events.get(signature ?? '');
  if (!event) return undefined;
  const indexed = new Words(topics.map((topic) => topic.slice(2)).join(''));
  const data = new Words(log.data.slice(2));
  try {
    const args = event.inputs.map((input) => [input.name, decode(input, input.indexed ? indexed : data)]);
    return { eventName: event.name, args: Object.fromEntries(args) };
  } catch {
    return undefined;
  }
}

class Words {
  private next = 0;

  constructor(private readonly digits: string) {}

  take(): string {
    const word = this.digits.slice(this.next, this.next + wordDigits);
    if (word.length < wordDigits) throw new RangeError('the log ends before its event does');
    this.next += wordDigits;
    return word;
  }
}

function decode({ type, components }: Parameter, words: Words): unknown {
  if (type === 'tuple') {
    return Object.fromEntries((components ?? []).map((part) => [part.name, decode(part, words)]));
  }
  const word = words.take();
  if (type === 'address') return checksummed(word.slice(-40));
  if (type === 'bytes32') return `0x${word}`;
  if (type === 'bool') return BigInt(`0x${word}`) !== 0n;
  const bits = Number(/^uint(\d+)$/.exec(type)?.[1]);
  if (!(bits > 0)) throw new TypeError(`fields of type ${type} are not read here`);
  const value = BigInt(`0x${word}`);
  return bits <= numberBits ? Number(value) : value;
}

const events = new Map<string, { readonly name: string; readonly inputs: readonly Parameter[] }>();
for (const entry of [...chroomCoreAbi, ...chroomProofsAbi]) {
  if (entry.type !== 'event') continue;
  const signature = `${entry.name}(${entry.inputs.map(typeText).join(',')})`;
  events.set(`0x${bytesToHex(keccak_256(utf8ToBytes(signature)))}`, entry);
}

function typeText({ type, components }: Parameter): string {
  return components ? type.replace('tuple', `(${components.map(typeText).join(',')})`) : type;
}
