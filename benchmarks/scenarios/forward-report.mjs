// The result of `forward` from what was measured.
import { scheduling } from './pinned.mjs';
import { makeResult, round, summarise } from './result.mjs';
import { delayNote, droppedPackets, trafficNotes } from './trial.mjs';
import { medianOfRow, ownCoreRows, rowNames } from './yardstick-rows.mjs';

const ciphers = { gcm: 'AEAD_AES_128_GCM', cm: 'AES128_CM_SHA1_80' };

/** "GCM F=8 N=100", with the size where it is not 1200 bytes, and the load where it is known. @param {import('./forward.mjs').Cell} cell */
export function cellName({ cipher, receivers, packets, bytes, load }) {
  const size = bytes === 1200 ? '' : ` ${bytes} B`;
  return `${cipher.toUpperCase()} F=${packets}${size} N=${receivers}${load ? ` at ${Math.round(load * 100)} %` : ''}`;
}

export function describeForward({ measured, before, after, drift, steady }, rest, settings) {
  const limit = (row) => (medianOfRow(before, row) + medianOfRow(after, row)) / 2;
  const percents = settings.loads.map((load) => Math.round(load * 100));
  const cost = (name, percent = percents.at(-1)) =>
    measured.cells.find((cell) => cellName(cell) === `${name} at ${percent} %`).cost.median;
  const notes = [
    ...trafficNotes,
    delayNote,
    `ratios are of the costs at ${percents.at(-1)} % load, those with _at_${percents[0]} at that load, to yardstick rows whose own core empties the sinks outside the timed part: what a bare loop can do`,
    'ratios with _polled_sinks are to the same loops with sinks that another core polls, as the generator does: the kernel returns buffers freed there to the core that took them, which pays',
    'allocations per packet after warm-up: 0, asserted by the test EngineTest.ForwardsWithoutAllocatingOnceWarm, not measured here',
  ];
  if (rest.length > 0)
    notes.push(
      `cells other than ${measured.cells.map(cellName).join(', ')} were measured briefly and not beside a yardstick`,
    );
  if (!steady)
    notes.push(
      `UNSTABLE: the yardsticks before and after differ by ${(drift * 100).toFixed(1)} %, more than 5 %, in every try`,
    );
  return makeResult('forward', {
    settings: {
      ciphers,
      workers: 1,
      scheduling,
      ...settings,
      yardstick: process.env.CHROOM_LIMIT ? 'named by CHROOM_LIMIT' : 'own',
      yardstickDrift: round(drift),
      steady,
      kernels: before.kernels,
    },
    cases: [
      ...measured.cells.flatMap(casesOf),
      ...rest.flatMap(briefCasesOf),
      summarise('resident memory of the process', 'MB', [measured.rssBytes / 1e6]),
      ...[...Object.values(rowNames), ...Object.values(ownCoreRows)].map((row) =>
        summarise(`yardstick: ${row.name} (N=${row.receivers}, F=${row.packetsPerFrame})`, 'ns/packet', [
          medianOfRow(before, row),
          medianOfRow(after, row),
        ]),
      ),
    ],
    ratios: {
      ...ratiosTo(ownCoreRows, cost, limit, ''),
      ...ratiosTo(ownCoreRows, (name) => cost(name, percents[0]), limit, `_at_${percents[0]}`),
      ...ratiosTo(rowNames, cost, limit, '_polled_sinks'),
    },
    notes,
  });
}

function ratiosTo(rows, cost, limit, suffix) {
  return {
    [`gcm_f8_n100_over_limit${suffix}`]: round(cost('GCM F=8 N=100') / limit(rows.limit)),
    [`gcm_f8_n100_over_batched${suffix}`]: round(cost('GCM F=8 N=100') / limit(rows.batched)),
    [`gcm_f1_n100_over_limit${suffix}`]: round(cost('GCM F=1 N=100') / limit(rows.single)),
    [`cm_f8_n100_over_limit${suffix}`]: round(cost('CM F=8 N=100') / limit(rows.cm)),
  };
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

function casesOf({ fps, trials, delay, cost, ...cell }) {
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
  ];
}
