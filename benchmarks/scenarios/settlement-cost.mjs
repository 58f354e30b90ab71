// What being paid for costs a call: the time of a join, the processor time of a forwarded packet, and all the work of a stay. Two
// networks, even two equal ones, differ by more than is looked for, and so does the speed of a machine from one minute to the
// next: the first two are compared second by second on one network.
import { setTimeout as pause } from 'node:timers/promises';
import { Participant } from '../peers/livekit/signalling.mjs';
import { compareEqual, compareSides, describeComparison } from './compare-seconds.mjs';
import { Generator } from './generator.mjs';
import { joinSettings, measureJoinTimes } from './join-times.mjs';
import { measureMediaCost, mediaSettings } from './media-cost.mjs';
import { entriesWithPaidSeconds, startPaidNetwork } from './paid-network.mjs';
import { scheduling } from './pinned.mjs';
import { costBetween, readCost, softIrqAccounting } from './process-cost.mjs';
import { makeResult, median, round, summarise } from './result.mjs';

export const description =
  'with and without grants and receipts: time of a join, processor time per forwarded packet and per stay, in pairs';

const stay = 'all work for one that joins, publishes 2 s and leaves: processor time';
/** Participants that come and go at a time, each lane in a room of its own. */
const lanes = 4;
const address = '127.0.0.1';
const firstSsrc = 0x2000;
const readySeconds = 20;
/** What those who join send before they leave, so that there is something to pay for. */
const joinedMedia = { seconds: 2, fps: 30, packets: 1, bytes: 600 };
/** A receipt is made when a session is a second old, every 10 s, and a second after its end; they belong to their join. */
const receiptsMs = 2_500;
/** Until both networks run compiled code: the first slices of either cost up to a half more. */
const warmUpPairs = 3;
const full = { pairs: 8, joinsPerLane: 12, mediaPairs: 240, joinPairs: 600 };
const quick = { pairs: 3, joinsPerLane: 12, mediaPairs: 20, joinPairs: 60 };

/** @param {{quick: boolean, programs: {load: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const program = programs.load;
  const work = await measureWork({ program, cpus, amounts, say });
  const network = await startPaidNetwork({ isPaid: true, cpu: cpus.engine, entries: entriesWithPaidSeconds });
  try {
    const { server, nodeId } = network;
    const forwarding = await measureMediaCost({ server, nodeId, program, cpus, pairs: amounts.mediaPairs, say });
    const cpu = cpus.generator;
    const joining = await measureJoinTimes({ server, program, cpu, pairs: amounts.joinPairs, say });
    return makeResult('settlement-cost', describe({ work, forwarding, joining }, amounts));
  } finally {
    await network.stop();
  }
}

async function measureWork({ program, cpus, amounts, say }) {
  const networks = [];
  try {
    for (const isPaid of [true, false]) networks.push(await startPaidNetwork({ isPaid, cpu: cpus.engine }));
    return await measurePairs(networks, amounts.pairs, say, 'us/join', (network) =>
      measureJoins(network, program, cpus, amounts),
    );
  } finally {
    await Promise.all(networks.map((network) => network.stop()));
  }
}

/** Pairs of one slice each; who begins alternates. The first ones only warm up. */
async function measurePairs(networks, count, say, unit, measure) {
  const pairs = [];
  for (let index = 1 - warmUpPairs; index <= count; index++) {
    const pair = {};
    for (const network of Math.abs(index) % 2 ? networks : [...networks].reverse())
      pair[network.isPaid ? 'with' : 'without'] = await measure(network, index);
    if (index < 1) continue;
    pairs.push(pair);
    say(`${index}/${count} ${round(pair.with.cost)} ${unit} with, ${round(pair.without.cost)} without settlement`);
  }
  return pairs;
}

async function measureJoins(network, program, { generator: cpu }, { joinsPerLane }) {
  const generator = new Generator(program, { cpu });
  try {
    const { fingerprint, peers } = await generator.ask('peers', { count: lanes * joinsPerLane, srtp: 'gcm', address });
    const before = network.processIds.map((pid) => readCost(pid, []));
    const joined = await Promise.all(
      Array.from({ length: lanes }, async (_, lane) => {
        const participants = [];
        for (let index = 0; index < joinsPerLane; index++) {
          const peer = lane * joinsPerLane + index;
          const grant = { room: `joins ${lane}`, canPublish: true, canSubscribe: false };
          const participant = await Participant.join(network.server, `guest ${peer}`, grant);
          await participant.publish(generator, peer, { ...peers[peer], fingerprint, address }, firstSsrc + peer);
          participants.push(participant);
        }
        return participants;
      }),
    );
    await generator.ask('ready', { seconds: readySeconds });
    await generator.ask('run', joinedMedia);
    await Promise.all(joined.flat().map((participant) => participant.quit()));
    await pause(receiptsMs);
    const cpuNs = network.processIds.reduce(
      (sum, pid, index) => sum + costBetween(before[index], readCost(pid, [])).cpuNs,
      0,
    );
    return { cost: cpuNs / 1000 / (joinsPerLane * lanes) };
  } finally {
    await generator.stop();
  }
}

function describe({ joining, forwarding, work }, amounts) {
  const costs = (side) => work.map((pair) => pair[side].cost);
  const workRatios = work.map((pair) => pair.with.cost / pair.without.cost);
  const valuesOf = (pairs, side) => pairs.flatMap((pair) => pair[side]);
  const joinTime = { ...compareSides(joining), equal: compareEqual(joining) };
  const media = { ...compareSides(forwarding.path), equal: compareEqual(forwarding.path) };
  const node = { ...compareSides(forwarding.node), equal: compareEqual(forwarding.node) };
  const interval = (compared) =>
    `${describeComparison(compared)} in 95 % of resamplings of the pairs; of two seconds that are both without: ${describeComparison(compared.equal)}`;
  return {
    settings: {
      ...mediaSettings,
      ...joinSettings,
      lanes,
      warmUpPairs,
      ...amounts,
      scheduling,
      softIrqAccounting,
    },
    cases: [
      summarise('a join until the answer, with settlement', 'ms', valuesOf(joining, 'with')),
      summarise('a join until the answer, without', 'ms', valuesOf(joining, 'without')),
      summarise('media worker: processor time, with settlement', 'ns/packet', valuesOf(forwarding.path, 'with')),
      summarise('media worker: processor time, without', 'ns/packet', valuesOf(forwarding.path, 'without')),
      summarise(
        'media node, all threads: processor time, with settlement',
        'ns/packet',
        valuesOf(forwarding.node, 'with'),
      ),
      summarise('media node, all threads: processor time, without', 'ns/packet', valuesOf(forwarding.node, 'without')),
      summarise('media: lost', 'packets', [forwarding.lost]),
      summarise(`${stay}, with settlement`, 'us/join', costs('with')),
      summarise(`${stay}, without`, 'us/join', costs('without')),
      summarise(`${stay}: ratio of a pair`, '1', workRatios),
    ],
    ratios: {
      join_time_with_over_without: round(joinTime.ratio),
      media_with_over_without: round(media.ratio),
      media_node_with_over_without: round(node.ratio),
      join_work_with_over_without: round(median(workRatios)),
    },
    notes: [
      'join_time and media are the paths of signalling and media; their bar is 1.02',
      'they are taken on one network of npm start whose processes are with settlement in some seconds and without in others, one of every two, which of them is as good as random; a ratio is that of the means of the middle halves. With: who joins gets a grant, and all receipts of those who joined before are signed, stored, delivered through the media node and verified by settlement. Without: no grants, no receipts, nothing is delivered, and the node neither looks at funds nor counts what is unsigned. What happens when an epoch ends (sealing, sending) falls on both',
      `join_time: ${interval(joinTime)}`,
      'a join: by the wall clock, from the token over WebSocket, placement and the session on the node to the answer that describes the published track; five begin in a second, send for a second and leave. Joins without pauses would measure how much work fits into two cores, which join_work does',
      `media: ${interval(media)}`,
      `media_node: ${interval(node)}`,
      "media: of the worker's thread, which alone receives, forwards and sends packets. media_node: of all threads of the process, by the same packets: what its main thread does for settlement is in it, and weighs much at so few packets",
      'joins of receivers are spread over 10 s, so that every second has its share of their receipts',
      'join_work: two whole networks run side by side and take turns, one with CHROOM_GRANTS=off and a media node that has no settlement; the median of the ratios of pairs. Processor time of orchestrator and media node for all that a short stay causes, receipts included, until 2.5 s after it: ICE and DTLS, 2 s of 30 packets/s, leave. What receipts cost is in it; no bar is set for it',
      'processor time: run time of all threads by the scheduler (/proc/PID/task/*/schedstat)',
    ],
  };
}
