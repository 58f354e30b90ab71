// The result of `forward` from what was measured.
import { scheduling } from './pinned.mjs';
import { makeResult, summarise } from './result.mjs';
import { delayNote, droppedPackets, trafficNotes } from './trial.mjs';
import { steadyShare } from './yardstick.mjs';

const ciphers = { gcm: 'AEAD_AES_128_GCM', cm: 'AES128_CM_SHA1_80' };

/** "GCM F=8 N=100", with the size where it is not 1200 bytes, and the load where it is known. @param {import('./forward.mjs').Cell} cell */
export function cellName({ cipher, receivers, packets, bytes, load }) {
  const size = bytes === 1200 ? '' : ` ${bytes} B`;
  return `${cipher.toUpperCase()} F=${packets}${size} N=${receivers}${load ? ` at ${Math.round(load * 100)} %` : ''}`;
}

export function describeForward({ cells, rssBytes }, rest, settings) {
  const percents = settings.loads.map((load) => Math.round(load * 100));
  const notes = [
    ...trafficNotes,
    delayNote,
    `a ratio is the median over pairs: a trial's cost over the mean of the yardsticks right before and right after it, where these two differ by at most ${steadyShare * 100} %; other trials are in the costs and in no ratio`,
    `ratios are of the costs at ${percents.at(-1)} % load, those with _at_${percents[0]} at that load, to yardstick rows whose own core empties the sinks outside the timed part: what a bare loop can do`,
    'ratios with _polled_sinks are to the same loops with sinks that another core polls, as the generator does: the kernel returns buffers freed there to the core that took them, which pays',
    'allocations per packet after warm-up: 0, asserted by the test EngineTest.ForwardsWithoutAllocatingOnceWarm, not measured here',
  ];
  if (rest.length > 0)
    notes.push(`cells other than ${cells.map(cellName).join(', ')} were measured briefly and not beside a yardstick`);
  for (const cell of cells) if (!cell.steady) notes.push(describeUnsteady(cell, settings));
  return makeResult('forward', {
    settings: {
      ciphers,
      workers: 1,
      scheduling,
      ...settings,
      steady: cells.every(({ steady }) => steady),
      kernels: cells[0].yardsticks[0].kernels,
    },
    cases: [
      ...cells.flatMap(casesOf),
      ...rest.flatMap(briefCasesOf),
      summarise('resident memory of the process', 'MB', [rssBytes / 1e6]),
    ],
    ratios: Object.assign({}, ...[...cells].reverse().map((cell) => ratiosOf(cell, percents))),
    notes,
  });
}

function describeUnsteady(cell, { steadyPairs }) {
  const counts = Object.entries(cell.ratios).map(([name, pairs]) => `${name} ${pairs.length}`);
  return `UNSTABLE: ${cellName(cell)}: ${steadyPairs} steady pairs were wanted of ${cell.trials.length} trials, found: ${counts.join(', ')}`;
}

function ratiosOf(cell, percents) {
  const percent = Math.round(cell.load * 100);
  const suffix = percent === percents.at(-1) ? '' : `_at_${percent}`;
  return Object.fromEntries(
    Object.entries(cell.ratios)
      .filter(([, pairs]) => pairs.length > 0)
      .map(([name, pairs]) => [`${name}${suffix}`, summarise(name, '1', pairs).median]),
  );
}

/** @param {any[]} trials @param {(trial: any) => number} pick */
const each = (trials, pick) => trials.map(pick);

function briefCasesOf({ trials, delay, cost, ...cell }) {
  const all = [...trials, delay];
  const name = (what) => `${cellName(cell)}: ${what}`;
  return [
    { ...cost, name: name('processor time') },
    summarise(
      name('share of the core that was busy'),
      '1',
      each(all, ({ busy }) => busy),
    ),
    summarise(name('added delay p99'), 'us', [delay.run.delayP99Us]),
    summarise(
      name('lost'),
      'packets',
      each(all, ({ lost }) => lost),
    ),
  ];
}

function casesOf({ fps, trials, yardsticks, ratios, delay, cost, ...cell }) {
  const name = (what) => `${cellName(cell)}: ${what}`;
  const all = [...trials, delay];
  return [
    { ...cost, name: name('processor time') },
    summarise(
      name('packets per second of one core'),
      'packets/s',
      each(trials, ({ nsPerPacket }) => 1e9 / nsPerPacket),
    ),
    summarise(name('frames'), '1/s', [fps]),
    summarise(
      name('share of the core that was busy'),
      '1',
      each(all, ({ busy }) => busy),
    ),
    summarise(
      name('system calls'),
      '1/packet',
      each(all, (one) => one.systemCallsPerPacket),
    ),
    summarise(
      name('datagrams per run'),
      '1',
      each(all, ({ packetsPerRun }) => packetsPerRun),
    ),
    summarise(name('added delay p50'), 'us', [delay.run.delayP50Us]),
    summarise(name('added delay p99'), 'us', [delay.run.delayP99Us]),
    summarise(
      name('lost'),
      'packets',
      each(all, ({ lost }) => lost),
    ),
    summarise(
      name('damaged or not authentic'),
      'packets',
      each(all, ({ run }) => run.damaged + run.unopenable),
    ),
    summarise(name('dropped by the engine'), 'packets', each(all, droppedPackets)),
    summarise(
      name("generator's processor share"),
      '1',
      each(all, ({ run }) => run.generatorCpu),
    ),
    summarise(
      name('frames sent over 1 ms late'),
      'frames',
      each(all, ({ run }) => run.lateFrames),
    ),
    ...[...yardsticks[0].keys()].map((row) =>
      summarise(
        name(`yardstick "${row}"`),
        'ns/packet',
        each(yardsticks, (medians) => medians.get(row)),
      ),
    ),
    ...Object.entries(ratios)
      .filter(([, pairs]) => pairs.length > 0)
      .map(([ratio, pairs]) => summarise(name(`pairs of ${ratio}`), '1', pairs)),
  ];
}
