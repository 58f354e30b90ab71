// One room with one publisher whose receivers are over all workers: what a second worker adds. The measure is packets
// over the processor time of the busiest worker, since that worker is full first.
import os from 'node:os';
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { scheduling } from './pinned.mjs';
import { makeResult, median, summarise } from './result.mjs';
import { connectParticipants, publishVideo, subscribe } from './room.mjs';

export const description = '1 publisher to 1..2000 receivers over two workers against one: packets per busiest worker';

const packets = 8;
const packetBytes = 1200;
/** Packets per second to all receivers: a load at which the shared cores keep up. */
const packetsPerSecond = 90_000;
const mostFps = 120;
/** Rounds: of the size that the headline is of; the others show how it grows and have one. */
const full = { receivers: [1, 10, 100, 500, 2000], ratioAt: 500, rounds: 5, trials: 3, trialSeconds: 0.7 };
const quick = { receivers: [10, 100], ratioAt: 100, rounds: 2, trials: 2, trialSeconds: 0.5 };

/** @param {{quick: boolean, programs: {load: string}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, say }) {
  const amounts = isQuick ? quick : full;
  const sizes = [];
  for (const receivers of amounts.receivers) {
    const rounds = receivers === amounts.ratioAt ? amounts.rounds : 1;
    const pairs = [];
    for (let round = 0; round < rounds; round++)
      pairs.push(await measurePair(programs.load, round, receivers, amounts));
    sizes.push(describeSize(receivers, pairs));
    say(sizes.at(-1).text);
  }
  return makeResult('one-big-room', describe(sizes, amounts));
}

/** One worker and two right after each other, so that what disturbs the machine disturbs both; who is first changes. */
async function measurePair(program, round, receivers, amounts) {
  const pair = {};
  for (const workers of round % 2 ? [2, 1] : [1, 2])
    pair[workers] = await measure(program, workers, receivers, amounts);
  const perBusiestSecond = (workers) => median(pair[workers].map((trial) => trial.perBusiestSecond));
  return { trials: pair, ratio: perBusiestSecond(2) / perBusiestSecond(1) };
}

async function measure(program, workers, receiverCount, { trials, trialSeconds }) {
  const allCpus = `0-${os.availableParallelism() - 1}`;
  const engine = new EngineProcess({ cpus: allCpus });
  const generator = new Generator(program, { cpu: allCpus });
  try {
    // Every session may go elsewhere: the publisher to the first worker, receivers in turns.
    await engine.call('open', { workers, workerCpus: [...Array(workers).keys()], largeRoomSessions: 1 });
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

function describeSize(receivers, pairs) {
  const figures = (workers, figure) => pairs.flatMap(({ trials }) => trials[workers].map(figure));
  const cases = [1, 2].flatMap((workers) => {
    const name = `N=${receivers}, ${workers} worker${workers > 1 ? 's' : ''}`;
    return [
      summarise(
        `${name}: packets per processor second of the busiest`,
        'packets/s',
        figures(workers, (t) => t.perBusiestSecond),
      ),
      summarise(
        `${name}: all workers together`,
        'ns/packet',
        figures(workers, (t) => t.nsPerPacket),
      ),
    ];
  });
  const share = summarise(
    `N=${receivers}: share of the packets that the less loaded worker sends`,
    '1',
    figures(2, (t) => t.smallestShare),
  );
  const lost = summarise(`N=${receivers}: packets lost`, 'packets', [
    ...figures(1, (t) => t.lost),
    ...figures(2, (t) => t.lost),
  ]);
  const ratio = summarise(
    `N=${receivers}: packets per busiest worker, two workers over one`,
    '1',
    pairs.map((pair) => pair.ratio),
  );
  const text = `N=${receivers}: ${ratio.median} times the packets per busiest worker, ${cases[1].median} and ${cases[3].median} ns/packet, share ${share.median}, lost ${lost.max}`;
  return { receivers, ratio: ratio.median, cases: [...cases, ratio, share, lost], text };
}

function describe(sizes, amounts) {
  const headline = sizes.find(({ receivers }) => receivers === amounts.ratioAt);
  return {
    settings: {
      packets,
      packetBytes,
      packetsPerSecond,
      mostFps,
      cipher: 'AEAD_AES_128_GCM',
      scheduling,
      ...amounts,
    },
    cases: sizes.flatMap(({ cases }) => cases),
    ratios: {
      two_workers_over_one: headline.ratio,
      ...Object.fromEntries(sizes.map(({ receivers, ratio }) => [`two_workers_over_one_n${receivers}`, ratio])),
    },
    notes: [
      `two_workers_over_one is that of N=${amounts.ratioAt}: packets sent by all workers over the processor seconds of the busiest worker's thread, two workers over one, the median of ${amounts.rounds} pairs of rooms`,
      "processor time of each worker's thread counts, not wall time; on loopback it includes the receiving side of the kernel",
      'two workers and the generator share the cores of a machine with two; the workers go first (their priority is higher), and the load is chosen so that all keep up',
      'the publisher is on the first worker, receivers join in turns; the share shows that both really send; with one receiver the second worker serves it alone',
      'receivers: own sockets without UDP_GRO, drained by polling; transport-wide feedback every 100 ms, receiver reports every 1 s, STUN checks every 2.5 s',
      'virtual machine, loopback, no network card',
    ],
  };
}
