import { recover, signRecoverable } from 'tiny-secp256k1';
import { type Address, bytesToHex, type Hex, hexToBytes, keccak256 } from 'viem';

const parityBit = 0x80;
const compactBytes = 64;

/** Signs a digest with a member's secp256k1 key: EIP-2098, r then s with the parity in its highest bit, low s. */
export function signAsMember(privateKey: Hex, digest: Hex): Hex {
  const { signature, recoveryId } = signRecoverable(hexToBytes(digest), hexToBytes(privateKey));
  if (recoveryId === 1) signature[32]! |= parityBit;
  return bytesToHex(signature);
}

/** The account that made an EIP-2098 signature, as ecrecover finds it; undefined when there is none. */
export function recoverMember(digest: Hex, signature: Hex): Address | undefined {
  const bytes = hexToBytes(signature);
  if (bytes.length !== compactBytes) return undefined;
  const recovery = bytes[32]! & parityBit ? 1 : 0;
  bytes[32]! &= ~parityBit;
  try {
    const point = recover(hexToBytes(digest), bytes, recovery, false);
    return point ? `0x${keccak256(point.subarray(1)).slice(-40)}` : undefined;
  } catch {
    return undefined; // r or s out of range
  }
}
