// The rows of the yardstick that the engine is compared with.

/** What a bare loop can do: its own core empties the receivers' sockets, outside the timed part. */
const ownCoreRows = {
  limit: 'GRO, own GCM, connected send + GSO',
  batched: 'recvmmsg, EVP GCM, sendmmsg',
  single: 'recvmmsg, own GCM, connected send',
  // Named after the widest kernel; the row uses the widest that the machine has, which its JSON names.
  cm: 'GRO, own CM-SHA1 x16, sendmmsg + GSO',
};

/** For each ratio of a cell the row that it is over. */
const comparedWith = {
  'gcm 8': { gcm_f8_n100_over_limit: ownCoreRows.limit, gcm_f8_n100_over_batched: ownCoreRows.batched },
  'gcm 1': { gcm_f1_n100_over_limit: ownCoreRows.single },
  'cm 8': { cm_f8_n100_over_limit: ownCoreRows.cm },
};

/**
 * The ratios of a cell, with and without the suffix _polled_sinks: rows whose sockets are polled from another core, as the
 * generator's are. @param {{cipher: string, packets: number}} cell @returns {Record<string, string>} ratio name to row name
 */
export function rowsOf({ cipher, packets }) {
  const own = Object.entries(comparedWith[`${cipher} ${packets}`]);
  const polled = own.map(([ratio, row]) => [`${ratio}_polled_sinks`, `${row}; sinks on another core`]);
  return Object.fromEntries([...own, ...polled]);
}

/**
 * @param {string} text what the program prints @param {string[]} rows that it was asked for
 * @returns {Map<string, number>} median ns per packet by row, and `kernels`
 */
export function parseYardstick(text, rows) {
  const { cases, kernel, hashKernel } = JSON.parse(text);
  const medians = new Map(cases.map(({ name, median }) => [name, median]));
  const missing = rows.filter((row) => !(medians.get(row) > 0));
  if (missing.length > 0) throw new Error(`expected a median of each row, received none of "${missing.join('", "')}"`);
  return Object.assign(medians, { kernels: { gcm: kernel, cmSha1: hashKernel } });
}
