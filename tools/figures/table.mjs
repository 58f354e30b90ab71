// Which figures README.md shows, and how.

/**
 * @typedef {{scenario: string, ratio: string, what: string, bar?: number, atLeast?: number, unit?: string, scale?: number}} Figure
 * bar, atLeast: what was promised, an upper or a lower bound; scale: what the value is multiplied by to be shown
 */

/** @type {Figure[]} */
export const figures = [
  {
    scenario: 'forward',
    ratio: 'gcm_f8_n100_over_limit',
    what: 'packet to 100 receivers, frames of 8, AES-GCM: over what a bare loop with the same kernels needs',
    bar: 1.4,
  },
  {
    scenario: 'forward',
    ratio: 'gcm_f8_n100_over_batched',
    what: 'the same over a loop with recvmmsg, OpenSSL and sendmmsg',
    bar: 0.4,
  },
  {
    scenario: 'forward',
    ratio: 'gcm_f1_n100_over_limit',
    what: 'single packets of 1200 bytes, over their bare loop',
    bar: 1.25,
  },
  {
    scenario: 'forward',
    ratio: 'cm_f8_n100_over_limit',
    what: 'frames of 8, AES-CM with HMAC-SHA1, over its bare loop',
    bar: 1.4,
  },
  {
    scenario: 'latency',
    ratio: 'p99_ms_50',
    what: 'added delay p99, rooms of 10, worker 50 % busy',
    bar: 0.4,
    unit: 'ms',
  },
  { scenario: 'latency', ratio: 'p99_ms_80', what: 'the same, 80 % busy', bar: 1.2, unit: 'ms' },
  {
    scenario: 'latency',
    ratio: 'p99_n100_over_work',
    what: 'added delay p99 at 100 receivers, over the work of one frame',
    bar: 1.3,
  },
  { scenario: 'latency', ratio: 'lost_at_80', what: 'packets lost while 80 % busy', bar: 0 },
  {
    scenario: 'rooms',
    ratio: 'packets_per_core_second',
    what: 'rooms of 2 to 12, audio and simulcast: packets per second of one core',
  },
  {
    scenario: 'memory',
    ratio: 'bytes_per_session',
    what: 'memory of an idle session, data channels open',
    bar: 48,
    unit: 'kB',
    scale: 1e-3,
  },
  { scenario: 'memory', ratio: 'bytes_per_subscription', what: 'memory of a subscription', bar: 512, unit: 'B' },
  {
    scenario: 'memory',
    ratio: 'idle_core_share',
    what: '10 000 idle sessions: share of a core',
    bar: 4,
    unit: '%',
    scale: 100,
  },
  { scenario: 'micro/srtp', ratio: 'gcm_kernel_over_evp', what: 'AES-GCM of a packet: times faster than OpenSSL EVP' },
  {
    scenario: 'micro/srtp',
    ratio: 'gcm_aesni_over_evp',
    what: 'the same with AES-NI alone',
    atLeast: 1.4,
  },
  {
    scenario: 'one-big-room',
    ratio: 'two_workers_over_one',
    what: 'one room on two workers: packets per second of the busier one, over one worker',
    atLeast: 1.7,
  },
  ...['Janus', 'LiveKit'].flatMap((peer) => [
    {
      scenario: 'peers',
      ratio: `packets_per_cpu_over_${peer.toLowerCase()}`,
      what: `video to 100 receivers, AES-GCM: packets per processor second over ${peer}`,
      atLeast: 5,
    },
    {
      scenario: 'peers',
      ratio: `packets_per_cpu_over_${peer.toLowerCase()}_cm`,
      what: `the same over ${peer}, AES-CM with HMAC-SHA1`,
      atLeast: 5,
    },
  ]),
  {
    scenario: 'settlement-cost',
    ratio: 'media_with_over_without',
    what: 'media that is paid for: processor time of the worker for a packet, over one that is not',
    bar: 1.02,
  },
  {
    scenario: 'settlement-cost',
    ratio: 'media_node_with_over_without',
    what: 'the same: processor time of the whole node at 24 000 packets/s, over the same packets unpaid',
  },
  {
    scenario: 'settlement-cost',
    ratio: 'join_time_with_over_without',
    what: 'signalling where calls are paid for: time of a join, over where they are not',
    bar: 1.02,
  },
  {
    scenario: 'settlement-cost',
    ratio: 'join_work_with_over_without',
    what: 'the same: processor time for all that a stay of 2 s causes, receipts included',
  },
];

/** @param {{scenario: string, commit: string, machine: {cpu: string, cores: number, kernel: string}, ratios: Record<string, number>}[]} results */
export function makeTable(results) {
  const rows = figures.flatMap((figure) => {
    const result = results.find(({ scenario }) => scenario === figure.scenario);
    const value = result?.ratios[figure.ratio];
    return value === undefined
      ? []
      : [`| ${figure.what} | ${shown(value, figure)} | ${barOf(figure)} | ${figure.scenario} |`];
  });
  const sources = results
    .filter(({ scenario }) => figures.some((figure) => figure.scenario === scenario))
    .map(
      ({ scenario, commit, machine }) =>
        `${scenario} at ${commit} on ${machine.cpu}, ${machine.cores} cores, Linux ${machine.kernel}`,
    );
  return ['| figure | measured | bar | scenario |', '|---|---|---|---|', ...rows, '', `${sources.join('; ')}.`].join(
    '\n',
  );
}

function shown(value, { unit, scale = 1 }) {
  const text = Number((value * scale).toPrecision(3)).toLocaleString('en');
  return unit ? `${text} ${unit}` : text;
}

function barOf({ bar, atLeast, unit }) {
  if (bar === undefined && atLeast === undefined) return '';
  return `${bar === undefined ? `≥ ${atLeast}` : `≤ ${bar}`}${unit ? ` ${unit}` : ''}`;
}
