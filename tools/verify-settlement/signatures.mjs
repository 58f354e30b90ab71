// Who signed: secp256k1 in the form of EIP-2098, or the P-256 key of a browser over SHA-256 of the digest.
import { createPublicKey, verify } from 'node:crypto';
import { recoverAddress } from 'viem';
import { expectEqual, Mismatch } from './mismatch.mjs';
import { hexOf, keccak256, structHash, word } from './words.mjs';

const domainType = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';

/** @returns {(structHash: Buffer) => Buffer} what is signed for one deployment */
export function digestsOf(chainId, proofs) {
  const name = keccak256(Buffer.from('Chroom'));
  const version = keccak256(Buffer.from('1'));
  const domain = structHash(domainType, [name, version, chainId, BigInt(proofs)]);
  return (hash) => keccak256(Buffer.concat([Buffer.from('1901', 'hex'), domain, hash]));
}

/** The grant is the orchestrator's; the receipt is of the witness that the grant names. @throws {Mismatch} */
export async function checkSignatures(leaf, at, digest, orchestrator) {
  const granter = await signerOf(digest(leaf.grantHash), leaf.grantSignature);
  expectEqual(`leaves[${at}] grant signature`, granter, orchestrator.toLowerCase());
  if (leaf.clientPublicKey.some((byte) => byte !== 0)) return checkClient(leaf, at, digest(leaf.receiptHash));
  const witness = await signerOf(digest(leaf.receiptHash), leaf.receiptSignature);
  expectEqual(`leaves[${at}] receipt signature`, hexOf(word(BigInt(witness))), hexOf(word(leaf.clientKey)));
}

async function signerOf(digest, signature) {
  const s = Buffer.from(signature.subarray(32));
  const yParity = s[0] >> 7;
  s[0] &= 0x7f;
  const parts = { r: hexOf(signature.subarray(0, 32)), s: hexOf(s), yParity };
  const address = await recoverAddress({ hash: hexOf(digest), signature: parts }).catch(() => '0x0');
  return address.toLowerCase();
}

function checkClient(leaf, at, digest) {
  expectEqual(`leaves[${at}] client key`, hexOf(keccak256(leaf.clientPublicKey)), hexOf(word(leaf.clientKey)));
  const [x, y] = [leaf.clientPublicKey.subarray(0, 32), leaf.clientPublicKey.subarray(32)];
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
  if (isSigned(jwk, digest, leaf.receiptSignature)) return;
  throw new Mismatch(`leaves[${at}] receipt signature: it is not of the client's key`);
}

function isSigned(jwk, digest, signature) {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    return verify('sha256', digest, { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false; // no point of the curve
  }
}
