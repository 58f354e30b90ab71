import type { Grant } from './grant.js';
import { type Receipt, receiptVolume } from './receipt.js';
import { fullQualityBps, qualityBps, type Standard } from './standard.js';

const bytesPerGiB = 1n << 30n;

/**
 * What a receipt is worth: bytes * price * q(loss) * q(jitter) / (1e8 * 2^30), and nothing below the minimum rate.
 * Integer arithmetic in exactly the contract's order.
 */
export function receiptValue(grant: Grant, receipt: Receipt, standard: Standard): bigint {
  const volume = receiptVolume(receipt);
  const minimumBits = BigInt(standard.minKbps) * 1000n * BigInt(receipt.activeSec);
  if (receipt.activeSec === 0 || volume * 8n < minimumBits) return 0n;
  const loss = qualityBps(receipt.lossPpm, standard.lossGoodPpm, standard.lossMaxPpm);
  const jitter = qualityBps(receipt.jitterUs, standard.jitterGoodUs, standard.jitterMaxUs);
  return (volume * grant.pricePerGiB * loss * jitter) / (fullQualityBps * fullQualityBps * bytesPerGiB);
}

/** The most bytes that one leaf may count. */
export const leafVolumeMax = 1n << 63n;

/** OverCap: worth more than its grant allows, or more bytes than a leaf may count. */
export function isOverCap(grant: Grant, receipt: Receipt, standard: Standard): boolean {
  return receiptValue(grant, receipt, standard) > grant.maxValue || receiptVolume(receipt) > leafVolumeMax;
}
