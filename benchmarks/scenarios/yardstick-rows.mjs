// Reads what a yardstick prints.

/** @typedef {{name: string, receivers: number, packetsPerFrame: number, median: number, min: number, max: number, n: number}} Row */

export const rowNames = {
  limit: { name: 'GRO, own GCM, connected send + GSO', receivers: 100, packetsPerFrame: 8 },
  batched: { name: 'recvmmsg, EVP GCM, sendmmsg', receivers: 100, packetsPerFrame: 8 },
  single: { name: 'recvmmsg, own GCM, connected send', receivers: 100, packetsPerFrame: 1 },
  // Named after the widest kernel; the row uses the widest that the machine has, which its JSON names.
  cm: { name: 'GRO, own CM-SHA1 x16, sendmmsg + GSO', receivers: 100, packetsPerFrame: 8 },
};

/** @returns {Row[] & {kernels?: {gcm: string, cmSha1: string}}} kernels: where the program says which it used */
export function parseYardstick(text) {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    const { cases, kernel, hashKernel } = JSON.parse(trimmed);
    return Object.assign(cases, { kernels: { gcm: kernel, cmSha1: hashKernel } });
  }
  return trimmed.split('\n').flatMap(parseTableRow);
}

function parseTableRow(line) {
  const match = /^(\S.*?)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+([\d.]+)\s+\d+\b/.exec(line);
  if (!match) return [];
  const [, name, receivers, packetsPerFrame, median, lowest] = match;
  const value = Number(median);
  return [
    {
      name,
      receivers: Number(receivers),
      packetsPerFrame: Number(packetsPerFrame),
      n: 1,
      min: Number(lowest),
      median: value,
      max: value,
    },
  ];
}

/** @param {Row[]} rows */
export function medianOfRow(rows, wanted) {
  const row = rows.find(
    ({ name, receivers, packetsPerFrame }) =>
      name === wanted.name && receivers === wanted.receivers && packetsPerFrame === wanted.packetsPerFrame,
  );
  if (!row)
    throw new Error(
      `the yardstick has no row "${wanted.name}" with N=${wanted.receivers}, F=${wanted.packetsPerFrame}`,
    );
  return row.median;
}
