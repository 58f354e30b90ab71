// What being paid for costs a call: processor time of the orchestrator and the media node in two networks of real processes, one
// with grants, receipts and their delivery, one without, which take turns with the same work; and the time of a join.
import { setTimeout as pause } from 'node:timers/promises';
import { fillRoom } from '../peers/fill-room.mjs';
import { LiveKitRoom, Participant } from '../peers/livekit/signalling.mjs';
import { Generator } from './generator.mjs';
import { compareEqual, compareSides, describeComparison, joinSettings, measureJoinTimes } from './join-times.mjs';
import { startPaidNetwork } from './paid-network.mjs';
import { scheduling } from './pinned.mjs';
import { costBetween, readCost, softIrqAccounting } from './process-cost.mjs';
import { makeResult, median, round, summarise } from './result.mjs';

export const description =
  'with and without grants and receipts: time of a join, processor time per forwarded packet and per stay, in pairs';

const receivers = 50;
/** 4.7 Mbit/s to each receiver. */
const media = { fps: 60, packets: 8, bytes: 1200 };
/** Participants that come and go at a time, each lane in a room of its own. */
const lanes = 4;
const address = '127.0.0.1';
const firstSsrc = 0x2000;
const readySeconds = 20;
/** What those who join send before they leave, so that there is something to pay for. */
const joinedMedia = { seconds: 2, fps: 30, packets: 1, bytes: 600 };
/** A receipt is made when a session is a second old, every 10 s, and a second after its end; they belong to their join. */
const receiptsMs = 2_500;
/** A receiver's receipt comes every 10 s after its join: spread over them, every slice of media has its share. */
const receiptEveryMs = 10_000;
const drainMs = 100;
/** Until both networks run compiled code: the first slices of either cost up to a half more. */
const warmUpPairs = 3;
const full = { pairs: 8, joinsPerLane: 12, mediaSeconds: 2, pairsOfSeconds: 600 };
const quick = { pairs: 3, joinsPerLane: 12, mediaSeconds: 1, pairsOfSeconds: 60 };

/** @param {{quick: boolean, programs: {load: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const costs = await measureCosts({ program: programs.load, cpus, amounts, say });
  const joining = await measureJoinTimes({ program: programs.load, cpus, pairs: amounts.pairsOfSeconds, say });
  return makeResult('settlement-cost', describe({ ...costs, joining }, amounts));
}

async function measureCosts({ program, cpus, amounts, say }) {
  const networks = [];
  const rooms = [];
  try {
    for (const isPaid of [true, false]) networks.push(await startPaidNetwork({ isPaid, cpu: cpus.engine }));
    const work = await measurePairs(networks, amounts.pairs, say, 'us/join', (network) =>
      measureJoins(network, program, cpus, amounts),
    );
    rooms.push(...(await Promise.all(networks.map((network) => openRoom(network, program, cpus)))));
    const byNetwork = new Map(networks.map((network, index) => [network, rooms[index]]));
    const forwarding = await measurePairs(networks, amounts.pairs, say, 'ns/packet', (network) =>
      measureMedia(network, byNetwork.get(network).generator, cpus, amounts),
    );
    return { work, forwarding };
  } finally {
    for (const { room, generator } of rooms) {
      room.close();
      await generator.stop();
    }
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

async function openRoom({ server }, program, { generator: cpu }) {
  const generator = new Generator(program, { cpu });
  const room = new LiveKitRoom(server, 'media');
  const everyMs = receiptEveryMs / receivers;
  let dueMs = Date.now();
  const unhurried = {
    address: room.address,
    publish: (...words) => room.publish(...words),
    subscribe: async (...words) => {
      dueMs += everyMs;
      await pause(Math.max(0, dueMs - Date.now()));
      await room.subscribe(...words);
    },
  };
  await fillRoom(generator, unhurried, { receivers, cipher: 'gcm' });
  return { generator, room };
}

async function measureMedia({ nodeId }, generator, cpus, { mediaSeconds }) {
  const before = readCost(nodeId, [cpus.engine]);
  const ended = generator.ask('run', { ...media, seconds: mediaSeconds });
  await pause(mediaSeconds * 1000 + drainMs);
  const { cpuNs } = costBetween(before, readCost(nodeId, [cpus.engine]));
  const { run } = await ended;
  return { cost: cpuNs / run.packetsReceived, lost: run.packetsSent * receivers - run.packetsReceived };
}

function describe({ joining, forwarding, work }, amounts) {
  const costs = (pairs, side) => pairs.map((pair) => pair[side].cost);
  const ratios = (pairs) => pairs.map((pair) => pair.with.cost / pair.without.cost);
  const casesOf = (name, unit, pairs) => [
    summarise(`${name}, with settlement`, unit, costs(pairs, 'with')),
    summarise(`${name}, without`, unit, costs(pairs, 'without')),
    summarise(`${name}: ratio of a pair`, '1', ratios(pairs)),
  ];
  const [joinTime, equal] = [compareSides(joining), compareEqual(joining)];
  const timesMs = (side) => joining.flatMap((pair) => pair[side]);
  return {
    settings: {
      receivers,
      ...media,
      ...joinSettings,
      lanes,
      warmUpPairs,
      ...amounts,
      scheduling,
      softIrqAccounting,
    },
    cases: [
      summarise('a join until the answer, with settlement', 'ms', timesMs('with')),
      summarise('a join until the answer, without', 'ms', timesMs('without')),
      ...casesOf('media node: processor time', 'ns/packet', forwarding),
      ...['with', 'without'].map((side) =>
        summarise(
          `lost ${side} settlement`,
          'packets',
          forwarding.map((pair) => pair[side].lost),
        ),
      ),
      ...casesOf('all work for one that joins, publishes 2 s and leaves: processor time', 'us/join', work),
    ],
    ratios: {
      join_time_with_over_without: round(joinTime.ratio),
      media_with_over_without: round(median(ratios(forwarding))),
      join_work_with_over_without: round(median(ratios(work))),
    },
    notes: [
      'join_time and media are the paths of signalling and media; their bar is 1.02',
      `join_time: the mean of the middle half of the times with settlement over that of those without, ${describeComparison(joinTime)} in 95 % of resamplings of the pairs of seconds. The same of two seconds that are both without: ${describeComparison(equal)}`,
      'a join: by the wall clock, from the token over WebSocket, placement and the session on the node to the answer that describes the published track; five begin in a second, send for a second and leave. Joins without pauses would measure how much work fits into two cores, which join_work does',
      'joins with and without are on one network and take turns by the second: in seconds with settlement, who joins gets a grant, and all receipts of those who joined before are signed, stored, delivered through the media node and verified by settlement; in the others nobody gets a grant, and no receipt is made or delivered. The epoch that ends, sealing and sending fall on both, as does what a node looks up of an orchestrator before a session: some microseconds',
      'media, join_work: two whole networks of npm start run side by side and take turns; a ratio is the median of those of pairs. With: a grant for every session with media, receipts signed, stored and delivered; without: CHROOM_GRANTS=off and a media node that has no settlement',
      'join_work: processor time of orchestrator and media node for all that a short stay causes, receipts included, until 2.5 s after it: ICE and DTLS, 2 s of 30 packets/s, leave. What receipts cost is in it; no bar is set for it',
      'joins of receivers are spread over 10 s, so that every slice of media has its share of their receipts',
      'processor time: run time of all threads by the scheduler (/proc/PID/task/*/schedstat)',
    ],
  };
}
