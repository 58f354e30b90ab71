import { describe, expect, it } from '@jest/globals';
import { bytesToHex, hashStruct } from 'viem';
import { type BatchHeader, hashBatchHeader } from './batch.js';
import { type Grant, hashGrant } from './grant.js';
import { hashReceipt, type Receipt } from './receipt.js';
import { proofTypes } from './typed-data.js';

/** xorshift32: the same values in every run. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const hashers = {
  Grant: (value: object) => hashGrant(value as Grant),
  Receipt: (value: object) => hashReceipt(value as Receipt),
  BatchHeader: (value: object) => hashBatchHeader(value as BatchHeader),
};
type Name = keyof typeof hashers;
const names = Object.keys(hashers) as Name[];

/** Fields with as many bits as `random` says, zero and all ones among them. */
function structOf(name: Name, random: () => number): Record<string, unknown> {
  return Object.fromEntries(
    proofTypes[name].map((field) => {
      const bytes = Uint8Array.from({ length: 32 }, () => random() & 255);
      if (field.type === 'bytes32') return [field.name, bytesToHex(bytes)];
      const bits = Number(field.type.slice(4));
      const edge = random() % 8;
      const all = (1n << BigInt(bits)) - 1n;
      const value = edge === 0 ? 0n : edge === 1 ? all : BigInt(bytesToHex(bytes)) & all;
      return [field.name, bits <= 48 ? Number(value) : value];
    }),
  );
}

describe('struct hashes', () => {
  it.each(names)('of %s are those of the general encoder', (name) => {
    const random = randomOf(20_261_129);
    for (let round = 0; round < 200; round += 1) {
      const data = structOf(name, random);
      const expected = hashStruct({ data: data as never, primaryType: name, types: proofTypes });
      expect(hashers[name](data)).toBe(expected);
    }
  });

  it.each([
    ['a number that is too large for its field', { maxKbps: 2 ** 32 }],
    ['a negative number', { nodeId: -1n }],
    ['a fraction', { notBefore: 1.5 }],
    ['bytes that are too short', { sessionId: '0x1234' }],
    ['bytes that are no hex', { clientKey: `0x${'zz'.repeat(32)}` }],
    ['nothing', { maxValue: undefined }],
  ])('are refused for %s', (_, changed) => {
    const grant = { ...structOf('Grant', randomOf(7)), ...changed };
    expect(() => hashers.Grant(grant)).toThrow(RangeError);
  });
});
