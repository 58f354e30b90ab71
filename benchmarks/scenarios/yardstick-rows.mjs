// Reads what a yardstick prints.

/** @typedef {{name: string, receivers: number, packetsPerFrame: number, median: number, min: number, max: number, n: number}} Row */

const row = (name, packetsPerFrame) => ({ name, receivers: 100, packetsPerFrame });
const elsewhere = (name) => `${name}; sinks on another core`;

/** What a bare loop can do: its own core empties the receivers' sockets, outside the timed part. */
export const ownCoreRows = {
  limit: row('GRO, own GCM, connected send + GSO', 8),
  batched: row('recvmmsg, EVP GCM, sendmmsg', 8),
  single: row('recvmmsg, own GCM, connected send', 1),
  // Named after the widest kernel; the row uses the widest that the machine has, which its JSON names.
  cm: row('GRO, own CM-SHA1 x16, sendmmsg + GSO', 8),
};

/** The same loops where an engine is measured: the sockets are polled from another core, as the generator's are. */
export const rowNames = Object.fromEntries(
  Object.entries(ownCoreRows).map(([key, { name, packetsPerFrame }]) => [key, row(elsewhere(name), packetsPerFrame)]),
);

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
