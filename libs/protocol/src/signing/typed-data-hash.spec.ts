import { describe, expect, it } from '@jest/globals';
import { getAddress, hashTypedData, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { Hex } from '../wire/wire-values.js';
import { recoverSigner, signDigest, signerAddressOf } from './member-key.js';
import { hashTypedStruct } from './typed-data-hash.js';

const types = {
  Zoo: [
    { name: 'name', type: 'string' },
    { name: 'cages', type: 'Cage[]' },
    { name: 'first', type: 'Cage' },
    { name: 'root', type: 'bytes32' },
    { name: 'size', type: 'uint64' },
  ],
  Cage: [
    { name: 'open', type: 'bool' },
    { name: 'keeper', type: 'address' },
    { name: 'animals', type: 'Animal[]' },
  ],
  Animal: [{ name: 'legs', type: 'uint8' }],
} as const;
const keeper: Hex = '0x00000000000000000000000000000000DeaDBeef';
const cage = { open: true, keeper: keeper.toLowerCase() as Hex, animals: [{ legs: 4 }, { legs: 255 }] };
const zoos = [
  { name: '', cages: [], first: { ...cage, open: false, animals: [] }, root: `0x${'00'.repeat(32)}` as Hex, size: 0n },
  { name: 'žůß🦒', cages: [cage, cage], first: cage, root: `0x${'fe'.repeat(32)}` as Hex, size: 2n ** 64n - 1n },
];

describe('hashTypedStruct', () => {
  it.each(zoos)('equals an independent implementation', (message) => {
    const expected = hashTypedData({
      domain: { name: 'Chroom', version: '1', chainId: 31_337 },
      types,
      primaryType: 'Zoo',
      message,
    });
    expect(hashTypedStruct(types, 'Zoo', message, 31_337n)).toBe(expected);
  });
});

describe('signDigest', () => {
  const keys = Array.from(
    { length: 20 },
    (_, index): Hex => `0x${(index + 1).toString(16).padStart(2, '0').repeat(32)}`,
  );

  it.each(keys)('signs and recovers as an independent implementation does, key %s', async (key) => {
    const digest = hashTypedStruct({ Key: [{ name: 'key', type: 'bytes32' }] }, 'Key', { key }, 1n);
    const signature = signDigest(digest, key);
    const account = privateKeyToAccount(key);
    expect(getAddress(signerAddressOf(key))).toBe(account.address);
    expect(signature).toBe(await account.sign({ hash: digest }));
    expect(getAddress(recoverSigner(digest, signature) ?? '0x')).toBe(
      await recoverAddress({ hash: digest, signature }),
    );
  });

  it('recovers nobody from bytes that are no signature', () => {
    const digest: Hex = `0x${'01'.repeat(32)}`;
    for (const fill of ['00', '1d', 'ff']) expect(recoverSigner(digest, `0x${fill.repeat(65)}`)).toBeUndefined();
  });
});
