// Hashes over 32-byte words, written from the specification of EIP-712 and of the ABI, not from the code under test.
import { keccak256 as hashHex } from 'viem';

/** @param {Buffer} bytes @returns {Buffer} */
export function keccak256(bytes) {
  return Buffer.from(hashHex(bytes, 'bytes'));
}

/** A number or up to 32 bytes as one word, right-aligned. */
export function word(value) {
  const hex = Buffer.isBuffer(value) ? value.toString('hex') : BigInt(value).toString(16);
  return Buffer.from(hex.padStart(64, '0'), 'hex');
}

/** keccak256(typeHash | fields), each field one word. @param {string} type as EIP-712 writes it */
export function structHash(type, fields) {
  return keccak256(Buffer.concat([keccak256(Buffer.from(type)), ...fields.map(word)]));
}

export function hexOf(bytes) {
  return `0x${bytes.toString('hex')}`;
}

/** Reads a big-endian number of any width. */
export function numberAt(bytes, offset, length) {
  return BigInt(`0x${bytes.toString('hex', offset, offset + length)}`);
}
