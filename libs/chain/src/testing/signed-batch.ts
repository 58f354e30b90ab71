import { type BatchHeader, hashBatchHeader, proofsDomain, proofTypes } from '@chroom/protocol/proofs';
import { type Hex, hashTypedData, parseSignature, serializeCompactSignature, signatureToCompactSignature } from 'viem';
import { sign } from 'viem/accounts';
import type { SignedBatch } from '../calls/submit.js';
import type { Contracts } from '../client/contracts.js';

export function headerOf(fields: Partial<BatchHeader>): BatchHeader {
  const base = {
    nodeId: 1n,
    orchId: 2n,
    epoch: 1,
    leaves: 3,
    value: 10n ** 18n,
    volume: 1n << 30n,
    slots: 2n ** 64n - 1n,
  };
  const header = { ...base, root: `0x${'5a'.repeat(32)}` as Hex, data: `0x${'a5'.repeat(32)}` as Hex, ...fields };
  // Roots of real batches differ; so do these.
  return fields.root ? header : { ...header, root: hashBatchHeader(header) };
}

/** @param orchKey without it the batch is solo */
export async function signBatch(
  contracts: Contracts,
  header: BatchHeader,
  nodeKey: Hex,
  orchKey?: Hex,
): Promise<SignedBatch> {
  const hash = hashTypedData({
    domain: proofsDomain(contracts.chainId, contracts.proofs),
    types: proofTypes,
    primaryType: 'BatchHeader',
    message: { ...header },
  });
  const compact = async (privateKey: Hex) =>
    serializeCompactSignature(signatureToCompactSignature(parseSignature(await sign({ hash, privateKey, to: 'hex' }))));
  return {
    header,
    nodeSignature: await compact(nodeKey),
    orchSignature: orchKey ? await compact(orchKey) : '0x',
  };
}
