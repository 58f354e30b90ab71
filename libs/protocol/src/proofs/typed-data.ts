import type { Address, TypedDataDomain } from 'viem';

/** EIP-712 domain of everything that ChroomProofs checks. */
export function proofsDomain(chainId: number, proofs: Address): TypedDataDomain {
  return { name: 'Chroom', version: '1', chainId, verifyingContract: proofs };
}

/** The signed types of the proof pipeline. Field order is part of the type hash and never changes. */
export const proofTypes = {
  Grant: [
    { name: 'sessionId', type: 'bytes32' },
    { name: 'nodeId', type: 'uint64' },
    { name: 'orchId', type: 'uint64' },
    { name: 'clientKey', type: 'bytes32' },
    { name: 'notBefore', type: 'uint40' },
    { name: 'notAfter', type: 'uint40' },
    { name: 'maxKbps', type: 'uint32' },
    { name: 'pricePerGiB', type: 'uint96' },
    { name: 'maxValue', type: 'uint96' },
  ],
  Receipt: [
    { name: 'grant', type: 'bytes32' },
    { name: 'epoch', type: 'uint32' },
    { name: 'seq', type: 'uint32' },
    { name: 'activeSec', type: 'uint32' },
    { name: 'slots', type: 'uint64' },
    { name: 'rxBytes', type: 'uint64' },
    { name: 'txBytes', type: 'uint64' },
    { name: 'lossPpm', type: 'uint32' },
    { name: 'jitterUs', type: 'uint32' },
    { name: 'rttUs', type: 'uint32' },
  ],
  BatchHeader: [
    { name: 'nodeId', type: 'uint64' },
    { name: 'orchId', type: 'uint64' },
    { name: 'epoch', type: 'uint32' },
    { name: 'leaves', type: 'uint32' },
    { name: 'value', type: 'uint96' },
    { name: 'volume', type: 'uint64' },
    { name: 'slots', type: 'uint64' },
    { name: 'root', type: 'bytes32' },
    { name: 'data', type: 'bytes32' },
  ],
} as const;
