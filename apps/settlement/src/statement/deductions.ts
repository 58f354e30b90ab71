import {
  type Leaf,
  qualityBps,
  receiptValue,
  receiptVolume,
  type Standard,
  type StatementDeduction,
} from '@chroom/protocol/proofs';

const bytesPerGiB = 1n << 30n;
const fullBps = 10_000n;

/** Why a leaf is worth less than its bytes at full quality. The lines add up to the difference. */
export function explainLeaf(leaf: Leaf, standard: Standard) {
  const { grant, receipt } = leaf;
  const fullValue = (receiptVolume(receipt) * grant.pricePerGiB) / bytesPerGiB;
  const value = receiptValue(grant, receipt, standard);
  const deductions: StatementDeduction[] = [];
  const deduct = (reason: StatementDeduction['reason'], amount: bigint, explanation: string) => {
    if (amount > 0n) deductions.push({ reason, amount: amount.toString(), explanation });
  };
  const perfect = { ...receipt, lossPpm: 0, jitterUs: 0 };
  const afterRate = receiptValue(grant, perfect, standard);
  const afterLoss = receiptValue(grant, { ...receipt, jitterUs: 0 }, standard);
  deduct('minimum-rate', fullValue - afterRate, belowRate(leaf, standard));
  deduct('loss', afterRate - afterLoss, lost(receipt.lossPpm, standard));
  deduct('jitter', afterLoss - value, shaken(receipt.jitterUs, standard));
  return { fullValue, value, deductions };
}

/** The network's share of a batch. */
export function explainFee(value: bigint, feeBps: number) {
  const fee = (value * BigInt(feeBps)) / fullBps;
  const explanation = `${percent(feeBps)} of the value go to the network`;
  const deductions: StatementDeduction[] = fee > 0n ? [{ reason: 'fee', amount: fee.toString(), explanation }] : [];
  return { fee, paid: value - fee, deductions };
}

function belowRate({ receipt }: Leaf, { minKbps }: Standard): string {
  if (receipt.activeSec === 0) return 'no second in which media flowed';
  const kbps = Number((receiptVolume(receipt) * 8n) / 1000n / BigInt(receipt.activeSec));
  return `${kbps} kbit/s over ${receipt.activeSec} s; below ${minKbps} kbit/s nothing is paid`;
}

function lost(lossPpm: number, { lossGoodPpm, lossMaxPpm }: Standard): string {
  const share = qualityBps(lossPpm, lossGoodPpm, lossMaxPpm);
  return `${ppm(lossPpm)} lost; up to ${ppm(lossGoodPpm)} is paid in full, from ${ppm(lossMaxPpm)} on nothing: ${percent(Number(share))}`;
}

function shaken(jitterUs: number, { jitterGoodUs, jitterMaxUs }: Standard): string {
  const share = qualityBps(jitterUs, jitterGoodUs, jitterMaxUs);
  return `${jitterUs / 1000} ms jitter; up to ${jitterGoodUs / 1000} ms is paid in full, from ${jitterMaxUs / 1000} ms on nothing: ${percent(Number(share))}`;
}

const ppm = (value: number) => `${value / 10_000} %`;
const percent = (bps: number) => `${bps / 100} %`;
