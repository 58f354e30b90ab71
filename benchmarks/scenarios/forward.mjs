// One publisher, many receivers, one worker: what a forwarded packet costs, beside what the machine itself costs.
import path from 'node:path';
import { EngineProcess } from './engine-process.mjs';
import { cellName, describeForward } from './forward-report.mjs';
import { Generator } from './generator.mjs';
import { summarise } from './result.mjs';
import { connectParticipants, publishVideo, subscribe } from './room.mjs';
import { findRate, undisturbedTrial } from './trial.mjs';
import { measureBetweenYardsticks, runYardstick } from './yardstick.mjs';
import { rowsOf } from './yardstick-rows.mjs';

export const description =
  '1 publisher to 100 receivers, frames of 8 and single packets, GCM and CM-SHA1: ns per packet, delay, loss; --full: 1 to 500 receivers, frames of 2 to 16, singles of 1200 and 120 bytes';

/** @typedef {{cipher: 'gcm' | 'cm', receivers: number, packets: number, bytes: number, load?: number}} Cell */

/** The cells that bars are set for, measured between yardsticks. @type {Cell[]} */
export const headline = [
  { cipher: 'gcm', receivers: 100, packets: 8, bytes: 1200 },
  { cipher: 'gcm', receivers: 100, packets: 1, bytes: 1200 },
  { cipher: 'cm', receivers: 100, packets: 8, bytes: 1200 },
];
const shapes = [
  { packets: 2, bytes: 1200 },
  { packets: 8, bytes: 1200 },
  { packets: 16, bytes: 1200 },
  { packets: 1, bytes: 1200 },
  { packets: 1, bytes: 120 },
];
/** Everything else that --full measures, briefly. @type {Cell[]} */
const matrix = ['gcm', 'cm']
  .flatMap((cipher) =>
    [1, 10, 100, 500].flatMap((receivers) => shapes.map((shape) => ({ cipher, receivers, ...shape }))),
  )
  .filter((cell) => !headline.some((other) => cellName(other) === cellName(cell)));

/** Shares of the worker's core that the measured loads take; the ratios are those of the highest. */
const loads = [0.52, 0.8];
/** What the generator's core can publish besides receiving: cells with few receivers stay below half load. */
const mostPublishedPerSecond = 40_000;
/** Packets per second sent at which the first look at a cell's cost is taken. */
const firstSentPerSecond = 60_000;
// Short ones: the speed of a shared machine changes within seconds, and a pair counts where it did not.
const full = { steadyPairs: 12, mostTrials: 60, trialSeconds: 0.5, delaySeconds: 4, yardstickTrials: 5 };
const quick = { steadyPairs: 3, mostTrials: 6, trialSeconds: 0.5, delaySeconds: 2, yardstickTrials: 8 };
const brief = { trials: 5, trialSeconds: 0.25, delaySeconds: 0.5 };

/**
 * @param {{quick: boolean, full: boolean, programs: {limit: string, load: string},
 *   cpus: {engine: number, generator: number}, say: (text: string) => void}} context
 */
export async function run({ quick: isQuick, full: isFull, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const compare = (cell, trial) => {
    const rows = rowsOf(cell);
    const { yardstickTrials: trials, steadyPairs: wanted, mostTrials: most } = amounts;
    const yardstick = () => runYardstick(programs.limit, { cpu: cpus.engine, trials, rows: Object.values(rows) });
    return measureBetweenYardsticks({ rows, wanted, most }, yardstick, trial);
  };
  const repeat = async (_cell, trial) => {
    const trials = [];
    for (let i = 0; i < brief.trials; i++) trials.push(await trial());
    return { trials };
  };
  const measure = (cells, atLoads, how) => measureCells(cells, atLoads, { ...how, program: programs.load, cpus, say });
  const compared = await measure(headline, loads, { ...amounts, makeTrials: compare });
  const rest = isFull ? await measure(matrix, loads.slice(0, 1), { ...brief, makeTrials: repeat }) : undefined;
  return describeForward(compared, rest?.cells ?? [], {
    loads,
    mostPublishedPerSecond,
    ...amounts,
    ...(process.env.CHROOM_LIMIT ? { yardstick: path.basename(process.env.CHROOM_LIMIT) } : {}),
    ...(isFull ? { brief } : {}),
  });
}

/** Each cipher has an engine of its own; the room's track gains receivers as the cells want more. */
async function measureCells(cells, atLoads, how) {
  const { program, cpus } = how;
  const measured = [];
  let rssBytes = 0;
  for (const cipher of ['gcm', 'cm']) {
    const wanted = cells.filter((cell) => cell.cipher === cipher).sort((a, b) => a.receivers - b.receivers);
    if (wanted.length === 0) continue;
    const engine = new EngineProcess({ cpus: cpus.engine });
    const generator = new Generator(program, { cpu: cpus.generator });
    try {
      await engine.call('open', { workers: 1 });
      const count = wanted.at(-1).receivers + 1;
      const members = await connectParticipants(engine, generator, { room: 'RM_forward', count, srtp: cipher });
      const track = await publishVideo(engine, generator, members[0]);
      let subscribed = 1;
      for (const cell of wanted) {
        await subscribe(engine, generator, track, members.slice(subscribed, cell.receivers + 1));
        subscribed = cell.receivers + 1;
        for (const load of atLoads) {
          measured.push(await measureCell(engine, generator, { ...cell, load }, how));
        }
      }
      rssBytes = Math.max(rssBytes, (await engine.call('memory')).rssBytes);
    } finally {
      await generator.stop();
      await engine.stop();
    }
  }
  return { cells: measured, rssBytes };
}

async function measureCell(engine, generator, cell, { makeTrials, trialSeconds, delaySeconds, say }) {
  const { receivers, packets, bytes, load } = cell;
  const undisturbed = (wanted) => undisturbedTrial(engine, generator, { packets, bytes, ...wanted }, say);
  // The first looks fill the histories and warm the caches.
  const most = mostPublishedPerSecond / packets;
  const fps = await findRate(engine, generator, {
    busy: load,
    fps: Math.min(firstSentPerSecond / receivers / packets, most),
    most,
    seconds: trialSeconds,
    words: { packets, bytes },
    say,
  });
  const compared = await makeTrials(cell, () => undisturbed({ fps, seconds: trialSeconds }));
  const { trials } = compared;
  const delay = await undisturbed({ fps, seconds: delaySeconds, stamp: 1 });
  const cost = summarise(
    cellName(cell),
    'ns/packet',
    trials.map(({ nsPerPacket }) => nsPerPacket),
  );
  say(
    `${cellName(cell)}: ${cost.median} ns/packet, ${Math.round(fps)} frames/s, busy ${trials[0].busy.toFixed(2)}, delay p50 ${delay.run.delayP50Us} us, p99 ${delay.run.delayP99Us} us, lost ${delay.lost}${compared.ratios ? `, ${wordsOf(compared.ratios)}` : ''}`,
  );
  return { ...cell, ...compared, fps, delay, cost };
}

function wordsOf(ratios) {
  return Object.entries(ratios)
    .map(
      ([name, pairs]) => `${name} ${pairs.length ? summarise(name, '1', pairs).median : '-'} (${pairs.length} pairs)`,
    )
    .join(', ');
}
