// What being paid for costs a call: two networks of real processes, one with grants, receipts and their delivery, one
// without, take turns with the same work. Joins are timed by the wall clock, everything else is processor time of the
// orchestrator and the media node.
import { setTimeout as pause } from 'node:timers/promises';
import { fillRoom } from '../peers/fill-room.mjs';
import { LiveKitRoom, Participant } from '../peers/livekit/signalling.mjs';
import { Generator } from './generator.mjs';
import { startPaidNetwork } from './paid-network.mjs';
import { scheduling } from './pinned.mjs';
import { costBetween, readCost, softIrqAccounting } from './process-cost.mjs';
import { makeResult, median, round, summarise } from './result.mjs';
import { restingGenerator } from './trial.mjs';

export const description =
  'two networks, with and without grants and receipts: time of a join, processor time per forwarded packet and per stay, in pairs';

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
/**
 * Timed joins begin this often, on the two networks in turn: their time, not how many fit into the two cores. A join and what
 * it causes is some 60 ms of work; at 150 ms joins waited for each other, and took from 25 to 1300 ms.
 */
const joinEveryMs = 400;
/** While it flows, to make the receipts of the room that joins are made beside: 0.4 Mbit/s to each receiver. */
const mediaBesideJoins = { ...restingGenerator, fps: 20, packets: 2, bytes: 1200 };
/** Until both networks run compiled code: the first slices of either cost up to a half more. */
const warmUpPairs = 3;
const full = { pairs: 8, joinsPerLane: 12, mediaSeconds: 2, timedJoins: 48 };
const quick = { pairs: 3, joinsPerLane: 12, mediaSeconds: 1, timedJoins: 24 };

/** @param {{quick: boolean, programs: {load: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const networks = [];
  try {
    for (const isPaid of [true, false]) networks.push(await startPaidNetwork({ isPaid, cpu: cpus.engine }));
    const signalling = await measurePairs(networks, amounts.pairs, say, 'us/join', (network) =>
      measureJoins(network, programs.load, cpus, amounts),
    );
    const rooms = await Promise.all(networks.map((network) => openRoom(network, programs.load, cpus)));
    const byNetwork = new Map(networks.map((network, index) => [network, rooms[index]]));
    try {
      const forwarding = await measurePairs(networks, amounts.pairs, say, 'ns/packet', (network) =>
        measureMedia(network, byNetwork.get(network).generator, cpus, amounts),
      );
      const generators = rooms.map(({ generator }) => generator);
      const joining = await measureJoinTimes(networks, programs.load, generators, cpus, amounts, say);
      return makeResult('settlement-cost', describe({ joining, forwarding, work: signalling }, amounts));
    } finally {
      for (const { room, generator } of rooms) {
        room.close();
        await generator.stop();
      }
    }
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

/**
 * From the token to the answer that describes the published track, one participant after another, in turn on both networks
 * and at a steady rate: whatever slows the machine for a while slows both. Their rooms are sent media meanwhile.
 */
async function measureJoinTimes(networks, program, roomGenerators, { generator: cpu }, { pairs, timedJoins }, say) {
  const timesMs = networks.map(() => []);
  for (let slice = 1 - warmUpPairs; slice <= pairs; slice++) {
    const generators = networks.map(() => new Generator(program, { cpu }));
    try {
      const lists = await Promise.all(
        generators.map((generator) => generator.ask('peers', { count: timedJoins, srtp: 'gcm', address })),
      );
      const seconds = (networks.length * timedJoins * joinEveryMs) / 1000;
      const beside = roomGenerators.map((generator) => generator.ask('run', { ...mediaBesideJoins, seconds }));
      const participants = [];
      let dueMs = performance.now();
      for (let index = 0; index < timedJoins; index++) {
        for (const turn of index % 2 ? [1, 0] : [0, 1]) {
          const { fingerprint, peers } = lists[turn];
          dueMs += joinEveryMs;
          await pause(Math.max(0, dueMs - performance.now()));
          const begunMs = performance.now();
          const grant = { room: 'timed', canPublish: true, canSubscribe: false };
          const participant = await Participant.join(networks[turn].server, `guest ${index}`, grant);
          const local = { ...peers[index], fingerprint, address };
          await participant.publish(generators[turn], index, local, firstSsrc + index);
          if (slice > 0) timesMs[turn].push(performance.now() - begunMs);
          participants.push(participant);
        }
      }
      await Promise.all(beside);
      await Promise.all(participants.map((participant) => participant.quit()));
    } finally {
      await Promise.all(generators.map((generator) => generator.stop()));
    }
    if (slice > 0)
      say(
        `${slice}/${pairs} joins: ${networks.map(({ isPaid }, index) => `${round(median(timesMs[index]))} ms ${isPaid ? 'with' : 'without'}`).join(', ')} settlement so far`,
      );
  }
  return Object.fromEntries(networks.map(({ isPaid }, index) => [isPaid ? 'with' : 'without', timesMs[index]]));
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
  const joinRatios = joining.with.map((withMs, index) => withMs / joining.without[index]);
  return {
    settings: {
      receivers,
      ...media,
      mediaBesideJoins,
      joinEveryMs,
      lanes,
      warmUpPairs,
      ...amounts,
      scheduling,
      softIrqAccounting,
    },
    cases: [
      summarise('a join until the answer, with settlement', 'ms', joining.with),
      summarise('a join until the answer, without', 'ms', joining.without),
      summarise('a join until the answer: ratio of two that follow each other', '1', joinRatios),
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
      join_time_with_over_without: round(median(joinRatios)),
      media_with_over_without: round(median(ratios(forwarding))),
      join_work_with_over_without: round(median(ratios(work))),
    },
    notes: [
      'two whole networks of npm start run side by side and take turns; a ratio is the median of those of pairs; the bar of the paths of signalling and media (join_time, media) is 1.02',
      'with: a grant for every session with media, class 2 receipts signed, stored and delivered through the media node to settlement; without: CHROOM_GRANTS=off and a media node that has no settlement',
      'join_time: from the token over WebSocket, placement and the session on the node to the answer that describes the published track, by wall clock, one every 400 ms and in turn on both networks, while the receipts of 50 receivers and of those who joined before are made; the median of the ratios of two that follow each other. Joins without pauses would measure how much work fits into two cores, which join_work does',
      'join_work: processor time of orchestrator and media node for all that a short stay causes, receipts included, until 2.5 s after it: ICE and DTLS, 2 s of 30 packets/s, leave. What receipts cost is in it; no bar is set for it',
      'joins of receivers are spread over 10 s, so that every slice of media has its share of their receipts',
      'processor time: run time of all threads by the scheduler (/proc/PID/task/*/schedstat)',
    ],
  };
}
