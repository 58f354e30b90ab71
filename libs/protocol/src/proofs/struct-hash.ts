import { keccak_256 } from '@noble/hashes/sha3';
import { utf8ToBytes } from '@noble/hashes/utils';
import type { Hex } from 'viem';
import { toHex } from '../wire/wire-values.js';

interface Field {
  readonly name: string;
  /** uint8 to uint256 or bytes32: one word each. */
  readonly type: string;
}

const wordDigits = 64;

/**
 * The EIP-712 struct hash of one type whose fields are single words. Receipts are hashed on the way of calls: the general
 * encoder takes ten times as long. A test compares the two.
 * @returns throws RangeError for a value that its field cannot hold
 */
export function structHasher<Struct extends object>(name: string, fields: readonly Field[]): (value: Struct) => Hex {
  const declared = fields.map((field) => `${field.type} ${field.name}`).join(',');
  const typeHash = Buffer.from(keccak_256(utf8ToBytes(`${name}(${declared})`))).toString('hex');
  const encoders = fields.map((field) => ({ name: field.name as keyof Struct, encode: encoderOf(name, field) }));
  return (value) => {
    let words = typeHash;
    for (const { name, encode } of encoders) words += encode(value[name]);
    return toHex(keccak_256(Buffer.from(words, 'hex')));
  };
}

function encoderOf(struct: string, { name, type }: Field): (value: unknown) => string {
  const wrong = (value: unknown) =>
    new RangeError(`${struct}.${name}: expected ${type}, received ${typeof value} ${String(value)}`);
  if (type === 'bytes32') {
    return (value) => {
      if (typeof value !== 'string' || !bytes32.test(value)) throw wrong(value);
      return value.slice(2);
    };
  }
  const digitsMax = Number(type.slice('uint'.length)) / 4;
  if (!Number.isInteger(digitsMax)) throw new RangeError(`${struct}.${name}: ${type} is no single word`);
  return (value) => {
    const isNumber = typeof value === 'bigint' || Number.isSafeInteger(value);
    const digits = isNumber ? (value as number | bigint).toString(16) : '';
    if (digits === '' || digits.startsWith('-') || digits.length > digitsMax) throw wrong(value);
    return digits.padStart(wordDigits, '0');
  };
}

const bytes32 = /^0x[0-9a-fA-F]{64}$/;
