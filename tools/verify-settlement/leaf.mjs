// One packed leaf: what it says, what it hashes to, what it is worth.
import { keccak256, numberAt, structHash } from './words.mjs';

export const leafBytes = 358;
const grantType =
  'Grant(bytes32 sessionId,uint64 nodeId,uint64 orchId,bytes32 clientKey,uint40 notBefore,uint40 notAfter,uint32 maxKbps,uint96 pricePerGiB,uint96 maxValue)';
const receiptType =
  'Receipt(bytes32 grant,uint32 epoch,uint32 seq,uint32 activeSec,uint64 slots,uint64 rxBytes,uint64 txBytes,uint32 lossPpm,uint32 jitterUs,uint32 rttUs)';
const grantWidths = [32, 8, 8, 32, 5, 5, 4, 12, 12];
const receiptWidths = [4, 4, 4, 8, 8, 8, 4, 4, 4];
const signatureBytes = 64;
const fullQuality = 10_000n;
const bytesPerGiB = 1n << 30n;

/** @param {Buffer} packed 358 bytes */
export function readLeaf(packed) {
  let offset = 0;
  const take = (width) => {
    offset += width;
    return numberAt(packed, offset - width, width);
  };
  const grant = grantWidths.map(take);
  const receipt = receiptWidths.map(take);
  const [grantSignature, clientPublicKey, receiptSignature] = [0, 1, 2].map((part) =>
    packed.subarray(offset + part * signatureBytes, offset + (part + 1) * signatureBytes),
  );
  const grantHash = structHash(grantType, grant);
  const receiptHash = structHash(receiptType, [grantHash, ...receipt]);
  const [sessionId, nodeId, orchId, clientKey, notBefore, , , pricePerGiB, maxValue] = grant;
  const [epoch, , activeSec, slots, rxBytes, txBytes, lossPpm, jitterUs] = receipt;
  return {
    ...{ sessionId, nodeId, orchId, clientKey, notBefore, pricePerGiB, maxValue },
    ...{ epoch, activeSec, slots, volume: rxBytes + txBytes, lossPpm, jitterUs },
    ...{ grantHash, receiptHash, grantSignature, clientPublicKey, receiptSignature },
    hash: keccak256(Buffer.concat([Buffer.of(0), receiptHash, grantSignature, clientPublicKey, receiptSignature])),
  };
}

/** bytes * price * q(loss) * q(jitter) / (1e8 * 2^30), and nothing below the minimum rate. */
export function leafValue(leaf, standard) {
  const isTooSlow = leaf.volume * 8n < standard.minKbps * 1000n * leaf.activeSec;
  if (leaf.activeSec === 0n || isTooSlow) return 0n;
  const loss = quality(leaf.lossPpm, standard.lossGoodPpm, standard.lossMaxPpm);
  const jitter = quality(leaf.jitterUs, standard.jitterGoodUs, standard.jitterMaxUs);
  return (leaf.volume * leaf.pricePerGiB * loss * jitter) / (fullQuality * fullQuality * bytesPerGiB);
}

function quality(measured, good, most) {
  if (measured <= good) return fullQuality;
  return measured >= most ? 0n : (fullQuality * (most - measured)) / (most - good);
}
