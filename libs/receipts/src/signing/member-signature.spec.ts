import { describe, expect, it } from '@jest/globals';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, type Hex, keccak256, stringToHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { testKey } from '../testing/signed-leaves.js';
import { recoverMember, signAsMember } from './member-signature.js';

const key = testKey('member');
const digestOf = (index: number): Hex => keccak256(stringToHex(`digest ${index}`));
const parityBit = 0x80;

/** By another implementation of the curve. */
function signedElsewhere(digest: Hex, lowS = true): Uint8Array {
  const signature = secp256k1.sign(digest.slice(2), key.slice(2), { lowS, prehash: false });
  const bytes = signature.toCompactRawBytes();
  if (signature.recovery === 1) bytes[32]! |= parityBit;
  return bytes;
}

const withS = (s: bigint): Hex => {
  const r = bytesToHex(signedElsewhere(digestOf(0))).slice(2, 66);
  return `0x${r}${s.toString(16).padStart(64, '0')}`;
};

describe('signatures of members', () => {
  it('are those of another implementation, bit by bit, with both parities', () => {
    const digests = Array.from({ length: 64 }, (_, index) => digestOf(index));
    const signed = digests.map((digest) => signAsMember(key, digest));
    expect(signed).toEqual(digests.map((digest) => bytesToHex(signedElsewhere(digest))));
    expect(new Set(signed.map((signature) => Number.parseInt(signature[66]!, 16) >> 3))).toEqual(new Set([0, 1]));
    const account = privateKeyToAddress(key).toLowerCase();
    expect(new Set(signed.map((signature, index) => recoverMember(digests[index]!, signature)))).toEqual(
      new Set([account]),
    );
  });

  it('of another digest or key are of somebody else', () => {
    const signature = signAsMember(key, digestOf(1));
    const account = privateKeyToAddress(key).toLowerCase();
    expect(recoverMember(digestOf(2), signature)).not.toBe(account);
    expect(recoverMember(digestOf(1), signAsMember(testKey('another'), digestOf(1)))).not.toBe(account);
  });

  it.each<[string, Hex]>([
    ['zero s', withS(0n)],
    ['s of the order of the curve', withS(secp256k1.CURVE.n & ((1n << 255n) - 1n))],
    ['r beyond the order', `0x${'ff'.repeat(32)}${'11'.repeat(32)}`],
    ['zero r', `0x${'00'.repeat(32)}${'11'.repeat(32)}`],
    ['r of no point', `0x${'00'.repeat(31)}05${'11'.repeat(32)}`],
    ['a byte less', `0x${'11'.repeat(63)}`],
    ['a byte more', `0x${'11'.repeat(65)}`],
    ['nothing', '0x'],
  ])('with %s are judged as elsewhere', (_, signature) => {
    const digest = digestOf(0);
    const bytes = Buffer.from(signature.slice(2), 'hex');
    const elsewhere = () => {
      if (bytes.length !== 64) return undefined;
      const recovery = bytes[32]! & parityBit ? 1 : 0;
      bytes[32]! &= ~parityBit;
      try {
        const point = secp256k1.Signature.fromCompact(bytes).addRecoveryBit(recovery).recoverPublicKey(digest.slice(2));
        return `0x${keccak256(point.toRawBytes(false).subarray(1)).slice(-40)}`;
      } catch {
        return undefined;
      }
    };
    expect(recoverMember(digest, signature)).toBe(elsewhere());
  });
});
