import { encodeAbiParameters, type Hex, keccak256 } from 'viem';

/** Everything that is hashed for audits is `abi.encode`d. */
export function auditSeed(beacon: Hex, key: Hex): Hex {
  return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'bytes32' }], [beacon, key]));
}

/** The i-th point of the batch's value line that must be opened. `value` is not zero. */
export function auditTarget(seed: Hex, index: number, value: bigint): bigint {
  const hash = keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [seed, BigInt(index)]));
  return BigInt(hash) % value;
}

/** Whether a co-signed batch is audited. */
export function isPickedForAudit(seed: Hex, auditBps: number): boolean {
  const hash = keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'string' }], [seed, 'pick']));
  return BigInt(hash) % 10_000n < BigInt(auditBps);
}
