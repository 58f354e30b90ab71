// Ten minutes of rooms with the worker 80 % busy: memory stays flat and nothing is lost.
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findRoomsRate, roomsWords, withRooms } from '../../benchmarks/scenarios/latency.mjs';
import { runTrial } from '../../benchmarks/scenarios/trial.mjs';
import { buildBesideAddon } from '../setup/builds.mjs';
import { SetupError, step } from '../setup/progress.mjs';
import { judgeSoak } from './soak-verdict.mjs';

const busy = 0.8;
const sampleIntervalMs = 5000;
const partSeconds = 20;
const mostCorrection = 1.15;
/** Memory that the first load still takes: pools, Node's heap. */
const warmUpSeconds = 20;
/** More than the 512 packets that each history keeps for at most 1.5 s: at less, it would grow with the rate. */
const fullHistories = { ...roomsWords, packets: 16, bytes: 200, fps: 22, seconds: 5 };

/** @param {{seconds: number}} options of load after the warm-up */
export async function soak({ seconds }) {
  const cores = os.availableParallelism();
  if (cores < 2)
    throw new SetupError('CORES_MISSING: the soak needs a core for the worker and another for the generator');
  const folder = await step('soak: build', () => buildBesideAddon('soak', 'CHROOM_TOOLS', ['chroom_load']));
  const program = path.join(folder, 'benchmarks', 'chroom_load');
  const cpus = { engine: cores - 1, generator: cores - 2 };
  await step(`soak: ${seconds} s with the worker ${busy * 100} % busy`, async () => {
    const { parts, samples } = await withRooms(program, cpus, (engine, generator) => load(engine, generator, seconds));
    const { failures, text } = judgeSoak(parts, samples);
    process.stdout.write(`  soak: ${text}\n`);
    if (failures.length > 0) throw new SetupError(failures.join('\n'));
  });
}

/** In parts, each at the rate that the one before suggests: a machine that gets faster or slower is to stay as busy. */
async function load(engine, generator, seconds) {
  const say = (text) => process.stderr.write(`  ${text}\n`);
  let fps = await findRoomsRate(engine, generator, busy, say);
  await runTrial(engine, generator, fullHistories);
  await runTrial(engine, generator, { ...roomsWords, fps, seconds: warmUpSeconds });
  const samples = [];
  const parts = [];
  const begun = performance.now();
  for (let left = seconds; left > 0; left -= partSeconds) {
    const part = { fps, seconds: Math.min(left, partSeconds) };
    const running = runTrial(engine, generator, { ...roomsWords, ...part });
    for (let over = false; !over; ) {
      const { rssBytes } = await engine.call('memory');
      samples.push({ seconds: (performance.now() - begun) / 1000, rssBytes });
      over = await Promise.race([running.then(() => true), pause(sampleIntervalMs, false)]);
    }
    const ended = await running;
    parts.push({ ...ended, seconds: part.seconds });
    say(partText(part, ended, samples.at(-1).rssBytes));
    fps *= Math.min(Math.max(Math.sqrt(busy / ended.busy), 1 / mostCorrection), mostCorrection);
  }
  return { parts, samples };
}

function partText({ seconds, fps }, { busy: share, lost, sent, run: { generatorCpu, lateFrames } }, rssBytes) {
  const load = `${seconds} s at ${fps.toFixed(1)} frames/s: worker ${(share * 100).toFixed(0)} % busy`;
  const generator = `generator ${(generatorCpu * 100).toFixed(0)} % busy, ${lateFrames} frames late`;
  return `${load}, lost ${lost} of ${sent}, ${generator}, memory ${(rssBytes / 1024 / 1024).toFixed(1)} MiB`;
}
