// One room with one publisher whose receivers are over all workers: what a second worker adds, and each further one up to
// the machine's. The measure is packets over the processor time of the busiest worker, since that worker is full first.
import os from 'node:os';
import { layOutBigRoom } from './big-room-layout.mjs';
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { scheduling } from './pinned.mjs';
import { makeResult, median, summarise } from './result.mjs';
import { connectParticipants, publishVideo, subscribe } from './room.mjs';

export const description =
  '1 publisher to 1..2000 receivers over 2 and more workers against one: packets per busiest worker';

const packets = 8;
const packetBytes = 1200;
/** Packets per second to all receivers: a load at which the shared cores keep up. */
const packetsPerSecond = 90_000;
const mostFps = 120;
/** Rounds: of the size that the headline is of; the others show how it grows and have one. */
const full = { receivers: [1, 100, 500, 2000], ratioAt: 100, rounds: 3, trials: 3, trialSeconds: 0.7 };
const quick = { receivers: [10, 100], ratioAt: 100, rounds: 2, trials: 2, trialSeconds: 0.5 };

/** @param {{quick: boolean, programs: {load: string}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, say }) {
  const amounts = isQuick ? quick : full;
  const layout = layOutBigRoom(os.availableParallelism());
  const sizes = [];
  for (const receivers of amounts.receivers) {
    const rounds = receivers === amounts.ratioAt ? amounts.rounds : 1;
    const measured = [];
    for (let round = 0; round < rounds; round++)
      measured.push(await measureRound(programs.load, round, receivers, { ...amounts, layout }));
    sizes.push(describeSize(receivers, layout.workerCounts, measured));
    say(sizes.at(-1).text);
  }
  return makeResult('one-big-room', describe(sizes, amounts, layout));
}

/** All worker counts right after each other, so that what disturbs the machine disturbs all; who is first changes. */
async function measureRound(program, round, receivers, how) {
  const { workerCounts } = how.layout;
  const trials = {};
  for (const workers of round % 2 ? workerCounts.toReversed() : workerCounts)
    trials[workers] = await measure(program, workers, receivers, how);
  const perBusiestSecond = (workers) => median(trials[workers].map((trial) => trial.perBusiestSecond));
  const ratios = Object.fromEntries(
    workerCounts.map((workers) => [workers, perBusiestSecond(workers) / perBusiestSecond(1)]),
  );
  return { trials, ratios };
}

async function measure(program, workers, receiverCount, { trials, trialSeconds, layout }) {
  const engine = new EngineProcess({ cpus: layout.engineCpus });
  const generator = new Generator(program, { cpu: layout.generatorCpus });
  try {
    // Every session may go elsewhere: the publisher to the first worker, receivers in turns.
    const workerCpus = layout.workerCpus(workers);
    await engine.call('open', { workers, workerCpus, largeRoomSessions: 1 });
    // Also before the generator, which shares the cores with two workers where there are only two.
    await engine.call('putWorkersFirst');
    const members = await connectParticipants(engine, generator, { room: 'RM_big', count: receiverCount + 1 });
    const [publisher, ...receivers] = members;
    await subscribe(engine, generator, await publishVideo(engine, generator, publisher), receivers);
    const fps = Math.min(mostFps, packetsPerSecond / packets / receiverCount);
    await trial(engine, generator, fps, trialSeconds, receiverCount);
    const results = [];
    for (let i = 0; i < trials; i++) results.push(await trial(engine, generator, fps, trialSeconds, receiverCount));
    return results;
  } finally {
    await generator.stop();
    await engine.stop();
  }
}

async function trial(engine, generator, fps, seconds, receiverCount) {
  const before = await engine.call('workerCounters');
  const { run } = await generator.ask('run', { seconds, fps, packets, bytes: packetBytes });
  const after = await engine.call('workerCounters');
  const workers = after.map((row, index) => {
    const grown = (name) => Number(row[name] - before[index][name]);
    return {
      sent: grown('rtp_packets_sent'),
      cpuSeconds: grown('busy_microseconds') / 1e6,
      passedOn: grown('link_packets_sent'),
      taken: grown('link_packets_received'),
    };
  });
  const sent = workers.reduce((sum, worker) => sum + worker.sent, 0);
  const busiest = workers.reduce((most, worker) => (worker.cpuSeconds > most.cpuSeconds ? worker : most));
  return {
    workers,
    perBusiestSecond: sent / busiest.cpuSeconds,
    nsPerPacket: (1e9 * workers.reduce((sum, worker) => sum + worker.cpuSeconds, 0)) / sent,
    smallestShare: Math.min(...workers.map((worker) => worker.sent)) / sent,
    lost: run.packetsSent * receiverCount - run.packetsReceived,
  };
}

function describeSize(receivers, workerCounts, rounds) {
  const figures = (workers, figure) => rounds.flatMap(({ trials }) => trials[workers].map(figure));
  const summaries = workerCounts.map((workers) => {
    const name = (what) => `N=${receivers}, ${workers} worker${workers > 1 ? 's' : ''}: ${what}`;
    const of = (what, unit, figure) => summarise(name(what), unit, figures(workers, figure));
    const cost = of('all workers together', 'ns/packet', (t) => t.nsPerPacket);
    const lost = of('packets lost', 'packets', (t) => t.lost);
    const share = of('share of the packets that the least loaded worker sends', '1', (t) => t.smallestShare);
    const over = rounds.map(({ ratios }) => ratios[workers]);
    const ratio = summarise(name('packets per busiest worker, over one worker'), '1', over);
    const busiest = of('packets per processor second of the busiest', 'packets/s', (t) => t.perBusiestSecond);
    const cases = workers === 1 ? [busiest, cost, lost] : [busiest, cost, ratio, share, lost];
    const text = `${workers}: x${ratio.median}, ${cost.median} ns/packet, share ${share.median}, lost ${lost.max}`;
    return { workers, ratio: ratio.median, cases, text };
  });
  const ratios = Object.fromEntries(summaries.map(({ workers, ratio }) => [workers, ratio]));
  const text = `N=${receivers}, packets per busiest worker by workers: ${summaries.map((one) => one.text).join('; ')}`;
  return { receivers, ratios, cases: summaries.flatMap(({ cases }) => cases), text };
}

function describe(sizes, amounts, { workerCounts, engineCpus, generatorCpus }) {
  const headline = sizes.find(({ receivers }) => receivers === amounts.ratioAt);
  const ratioName = (workers) => `${workers === 2 ? 'two' : workers}_workers_over_one`;
  const several = workerCounts.filter((workers) => workers > 1);
  const named = (ratios, suffix) =>
    Object.fromEntries(several.map((workers) => [`${ratioName(workers)}${suffix}`, ratios[workers]]));
  return {
    settings: {
      packets,
      packetBytes,
      packetsPerSecond,
      mostFps,
      cipher: 'AEAD_AES_128_GCM',
      scheduling,
      workerCounts,
      engineCpus,
      generatorCpus,
      ...amounts,
    },
    cases: sizes.flatMap(({ cases }) => cases),
    ratios: Object.assign(
      named(headline.ratios, ''),
      ...sizes.map(({ receivers, ratios }) => named(ratios, `_n${receivers}`)),
    ),
    notes: [
      `ratios without a size are those of N=${amounts.ratioAt}: packets sent by all workers over the processor seconds of the busiest worker's thread, several workers over one, the median of ${amounts.rounds} rounds of rooms`,
      "processor time of each worker's thread counts, not wall time; on loopback it includes the receiving side of the kernel",
      engineCpus === generatorCpus
        ? 'two workers and the generator share the two cores; the workers go first (their priority is higher), and the load is chosen so that all keep up'
        : 'each worker has a core of its own, and the generator another one; the load is chosen so that all keep up',
      'the publisher is on the first worker, receivers join in turns; the share shows that both really send; with fewer receivers than workers some of them send nothing',
      'receivers: own sockets without UDP_GRO, drained by polling; transport-wide feedback every 100 ms, receiver reports every 1 s, STUN checks every 2.5 s',
      'virtual machine, loopback, no network card',
    ],
  };
}
