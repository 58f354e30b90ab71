import { concat, type Hex, keccak256, numberToHex, size, slice } from 'viem';
import { ChroomError } from '../errors/chroom-error.js';
import { type Grant, hashGrant } from './grant.js';
import { packedLeafBytes } from './leaf-size.js';
import { hashReceipt, type Receipt, receiptVolume } from './receipt.js';
import type { Standard } from './standard.js';
import type { SumNode } from './sum-node.js';
import { receiptValue } from './value.js';

/** Zero, where the witness is a secp256k1 signer and has no P-256 key to show. */
export const noClientPublicKey: Hex = `0x${'00'.repeat(64)}`;

/** One receipt with everything that proves it. */
export interface Leaf {
  readonly grant: Grant;
  /** `receipt.grant` is always the hash of `grant`; the packed form does not repeat it. */
  readonly receipt: Receipt;
  /** EIP-2098, by the orchestrator's signer. */
  readonly grantSignature: Hex;
  /** x | y of the P-256 witness, or zero. */
  readonly clientPublicKey: Hex;
  /** r | s of P-256, or EIP-2098 of a secp256k1 witness. */
  readonly receiptSignature: Hex;
}

interface PackedField {
  readonly of: 'grant' | 'receipt';
  readonly name: string;
  readonly bytes: number;
  readonly as: 'hex' | 'number' | 'bigint';
}

const field = (of: PackedField['of'], name: string, bytes: number, as: PackedField['as']): PackedField => ({
  of,
  name,
  bytes,
  as,
});

/** Big-endian, in the order of the signed types: grant 118 bytes, receipt body 48 bytes. */
const packedFields: readonly PackedField[] = [
  field('grant', 'sessionId', 32, 'hex'),
  field('grant', 'nodeId', 8, 'bigint'),
  field('grant', 'orchId', 8, 'bigint'),
  field('grant', 'clientKey', 32, 'hex'),
  field('grant', 'notBefore', 5, 'number'),
  field('grant', 'notAfter', 5, 'number'),
  field('grant', 'maxKbps', 4, 'number'),
  field('grant', 'pricePerGiB', 12, 'bigint'),
  field('grant', 'maxValue', 12, 'bigint'),
  field('receipt', 'epoch', 4, 'number'),
  field('receipt', 'seq', 4, 'number'),
  field('receipt', 'activeSec', 4, 'number'),
  field('receipt', 'slots', 8, 'bigint'),
  field('receipt', 'rxBytes', 8, 'bigint'),
  field('receipt', 'txBytes', 8, 'bigint'),
  field('receipt', 'lossPpm', 4, 'number'),
  field('receipt', 'jitterUs', 4, 'number'),
  field('receipt', 'rttUs', 4, 'number'),
];

const signatureBytes = 64;

/** 358 bytes: grant 118 | receipt body 48 | grantSig 64 | clientPub 64 | receiptSig 64. */
export function packLeaf(leaf: Leaf): Hex {
  const body = packedFields.map(({ of, name, bytes, as }) => {
    const value = (leaf[of] as unknown as Record<string, Hex | number | bigint>)[name];
    return as === 'hex' ? (value as Hex) : numberToHex(value as number | bigint, { size: bytes });
  });
  return concat([...body, leaf.grantSignature, leaf.clientPublicKey, leaf.receiptSignature]);
}

/** @throws ChroomError INVALID_ARGUMENT when the bytes are not 358 long */
export function unpackLeaf(packed: Hex): Leaf {
  if (size(packed) !== packedLeafBytes) {
    throw new ChroomError('INVALID_ARGUMENT', `a packed leaf has ${packedLeafBytes} bytes, received ${size(packed)}`);
  }
  const parts = { grant: {} as Record<string, unknown>, receipt: {} as Record<string, unknown> };
  let offset = 0;
  const take = (bytes: number) => {
    offset += bytes;
    return slice(packed, offset - bytes, offset);
  };
  for (const { of, name, bytes, as } of packedFields) {
    const raw = take(bytes);
    parts[of][name] = as === 'hex' ? raw : as === 'bigint' ? BigInt(raw) : Number(BigInt(raw));
  }
  const grant = parts.grant as unknown as Grant;
  return {
    grant,
    receipt: { ...(parts.receipt as unknown as Receipt), grant: hashGrant(grant) },
    grantSignature: take(signatureBytes),
    clientPublicKey: take(signatureBytes),
    receiptSignature: take(signatureBytes),
  };
}

/** keccak256(0x00 | receiptStructHash | grantSig | clientPub | receiptSig), 225 bytes. */
export function hashLeaf(leaf: Leaf): Hex {
  return keccak256(
    concat(['0x00', hashReceipt(leaf.receipt), leaf.grantSignature, leaf.clientPublicKey, leaf.receiptSignature]),
  );
}

/** The leaf as it enters the tree. */
export function leafNode(leaf: Leaf, standard: Standard): SumNode {
  return {
    hash: hashLeaf(leaf),
    value: receiptValue(leaf.grant, leaf.receipt, standard),
    volume: receiptVolume(leaf.receipt),
    slots: leaf.receipt.slots,
  };
}
