import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Address, bytesToHex, type Hex, hexToBytes, keccak256 } from 'viem';

const parityBit = 0x80;
const compactBytes = 64;

/** Signs a digest with a member's secp256k1 key: EIP-2098, r then s with the parity in its highest bit, low s. */
export function signAsMember(privateKey: Hex, digest: Hex): Hex {
  const signature = secp256k1.sign(digest.slice(2), privateKey.slice(2), { lowS: true, prehash: false });
  const bytes = signature.toCompactRawBytes();
  if (signature.recovery === 1) bytes[32]! |= parityBit;
  return bytesToHex(bytes);
}

/** The account that made an EIP-2098 signature, as ecrecover finds it; undefined when there is none. */
export function recoverMember(digest: Hex, signature: Hex): Address | undefined {
  const bytes = hexToBytes(signature);
  if (bytes.length !== compactBytes) return undefined;
  const recovery = bytes[32]! & parityBit ? 1 : 0;
  bytes[32]! &= ~parityBit;
  try {
    const point = secp256k1.Signature.fromCompact(bytes).addRecoveryBit(recovery).recoverPublicKey(digest.slice(2));
    return `0x${keccak256(point.toRawBytes(false).subarray(1)).slice(-40)}`;
  } catch {
    return undefined; // r or s out of range, or no point of that r
  }
}
