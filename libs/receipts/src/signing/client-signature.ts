import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { type Hex, hexToBytes, keccak256, size } from 'viem';

const publicKeyBytes = 64;
const signatureBytes = 64;

/** clientKey of a P-256 witness: keccak256(x, y). */
export function clientKeyOfPublicKey(publicKey: Hex): Hex {
  return keccak256(publicKey);
}

/**
 * Whether the P-256 key x | y signed SHA-256 of the 32-byte digest, which is what WebCrypto does when it is given the
 * digest. A high s is as good as a low one. False, never an error, for a key that is no point of the curve.
 */
export function verifyClientSignature(publicKey: Hex, digest: Hex, signature: Hex): boolean {
  if (size(publicKey) !== publicKeyBytes || size(signature) !== signatureBytes) return false;
  const key = importPublicKey(publicKey);
  if (key === undefined) return false;
  return verify('sha256', hexToBytes(digest), { key, dsaEncoding: 'ieee-p1363' }, hexToBytes(signature));
}

function importPublicKey(publicKey: Hex): KeyObject | undefined {
  const bytes = Buffer.from(publicKey.slice(2), 'hex');
  const x = bytes.subarray(0, 32).toString('base64url');
  const y = bytes.subarray(32).toString('base64url');
  try {
    return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
  } catch {
    return undefined;
  }
}
