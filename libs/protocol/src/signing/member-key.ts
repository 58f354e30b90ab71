import { secp256k1 } from '@noble/curves/secp256k1';
import { keccak_256 } from '@noble/hashes/sha3';
import { hexToBytes } from '@noble/hashes/utils';
import { type Hex, toHex } from '../wire/wire-values.js';

/** Signs a 32-byte digest: r, s (always the lower of the two), and 27 or 28 for the recovery. */
export function signDigest(digest: Hex, privateKey: Hex): Hex {
  const signature = secp256k1.sign(digest.slice(2), privateKey.slice(2), { lowS: true });
  return `0x${signature.toCompactHex()}${(27 + signature.recovery).toString(16)}`;
}

/** The account whose key signed; undefined for bytes that are no signature, and for the twin of one (high s). */
export function recoverSigner(digest: Hex, signature: Hex): Hex | undefined {
  const recovery = Number.parseInt(signature.slice(130), 16) - 27;
  if (recovery !== 0 && recovery !== 1) return undefined;
  try {
    const parsed = secp256k1.Signature.fromCompact(signature.slice(2, 130)).addRecoveryBit(recovery);
    if (parsed.hasHighS()) return undefined;
    return accountOf(parsed.recoverPublicKey(digest.slice(2)).toRawBytes(false));
  } catch {
    return undefined;
  }
}

/** 0x and 64 hexadecimal digits that are neither zero nor beyond the curve. */
export function isPrivateKey(text: string): boolean {
  return /^0x[0-9a-fA-F]{64}$/.test(text) && secp256k1.utils.isValidPrivateKey(text.slice(2));
}

/** The account of a secp256k1 private key: what the chain names as the signer of a member. */
export function signerAddressOf(privateKey: Hex): Hex {
  return accountOf(secp256k1.getPublicKey(hexToBytes(privateKey.slice(2)), false));
}

/** The last 20 bytes of the hash of x and y, in lower case. */
function accountOf(uncompressedKey: Uint8Array): Hex {
  return toHex(keccak_256(uncompressedKey.subarray(1)).subarray(12));
}
