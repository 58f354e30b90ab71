// How long a join takes with settlement and without: one network, whose orchestrator is with settlement in some seconds and
// without in others. Two networks, even two equal ones, differ by more than is looked for, and so does the speed of a machine
// from one minute to the next.
import { setTimeout as pause } from 'node:timers/promises';
import { Participant } from '../peers/livekit/signalling.mjs';
import { Generator } from './generator.mjs';
import { startPaidNetwork } from './paid-network.mjs';
import { isPaidSecond, secondMs, unpaidPrefix } from './paid-seconds.mjs';
import { compareBlocks, ratioOf } from './paired-blocks.mjs';
import { round } from './result.mjs';

const address = '127.0.0.1';
const firstSsrc = 0x2000;
const readySeconds = 20;
/** A join and what it causes is some 60 ms of processor time on two cores: joins that come closer wait for each other. */
const joinsPerSecond = 5;
/** The first join of a second is this late at most: joins meet what happens at a second's begin as often as other times. */
const phaseMaxMs = 150;
/** What those who joined in a second send before they leave, so that there is something to pay for. */
const media = { seconds: 1, fps: 20, packets: 1, bytes: 600, 'rest-us': 1000 };
/** Until all processes run compiled code, and those leave and get receipts who joined before. */
const warmUpSeconds = 60;
const sayEverySeconds = 30;

export const joinSettings = { joinsPerSecond, joinMedia: media, joinWarmUpSeconds: warmUpSeconds };

/**
 * Joins by the wall clock, from the token to the answer that describes the published track. The sides take turns by the second.
 * @returns {Promise<{with: number[], without: number[]}[]>} ms of the joins in two seconds that follow each other
 */
export async function measureJoinTimes({ program, cpus, pairs, say }) {
  const network = await startPaidNetwork({
    isPaid: true,
    cpu: cpus.engine,
    orchestratorEntry: 'benchmarks/scenarios/orchestrator-with-paid-seconds.mjs',
  });
  try {
    const measured = [];
    const leaving = new Set();
    let first = 2 * Math.ceil(Date.now() / secondMs / 2);
    for (let index = -warmUpSeconds / 2; index < pairs; index++, first += 2) {
      const pair = {};
      for (const second of [first, first + 1]) {
        const { timesMs, left } = await joinInSecond(
          network.server,
          new Generator(program, { cpu: cpus.generator }),
          second,
        );
        pair[isPaidSecond(second) ? 'with' : 'without'] = timesMs;
        leaving.add(left);
        left.then(() => leaving.delete(left)).catch(() => {});
      }
      if (index >= 0) measured.push(pair);
      // Without the interval: who measures joins must not compute for seconds.
      if (index > 0 && index % (sayEverySeconds / 2) === 0)
        say(
          `${index}/${pairs} pairs of seconds with joins, with settlement over without so far ${round(ratioOf(sidesOf(measured)))}`,
        );
    }
    await Promise.all(leaving);
    return measured;
  } finally {
    await network.stop();
  }
}

/** @param {{with: number[], without: number[]}[]} pairs */
export function compareSides(pairs) {
  return compareBlocks(sidesOf(pairs));
}

/**
 * The same comparison of what does not differ: seconds without settlement, two that follow each other. Shows what the
 * measurement can tell apart.
 * @param {{without: number[]}[]} pairs
 */
export function compareEqual(pairs) {
  return compareBlocks(
    Array.from({ length: pairs.length >> 1 }, (_, index) => {
      const [first, second] = [pairs[2 * index].without, pairs[2 * index + 1].without];
      return index % 2 ? { first, second } : { first: second, second: first };
    }),
  );
}

function sidesOf(pairs) {
  return pairs.map((pair) => ({ first: pair.with, second: pair.without }));
}

export function describeComparison({ ratio, low, high }) {
  return `${round(ratio)} (${round(low)} to ${round(high)})`;
}

/** `left` resolves when those who joined have sent and gone. */
async function joinInSecond(server, generator, second) {
  const { fingerprint, peers } = await generator.ask('peers', { count: joinsPerSecond, srtp: 'gcm', address });
  const room = `${isPaidSecond(second) ? '' : unpaidPrefix}joins`;
  const participants = [];
  const timesMs = [];
  const phaseMs = Math.random() * phaseMaxMs;
  for (const [peer, local] of peers.entries()) {
    await pause(Math.max(0, second * secondMs + (peer / joinsPerSecond) * secondMs + phaseMs - Date.now()));
    const isInTime = Math.floor(Date.now() / secondMs) === second;
    const begunMs = performance.now();
    const grant = { room, canPublish: true, canSubscribe: false };
    const participant = await Participant.join(server, `guest ${peer} of ${second}`, grant);
    const answer = await participant.offer({ ...local, fingerprint, address }, firstSsrc + peer);
    if (isInTime) timesMs.push(performance.now() - begunMs);
    await participant.send(generator, peer, firstSsrc + peer, answer);
    participants.push(participant);
  }
  return { timesMs, left: sendAndLeave(generator, participants) };
}

async function sendAndLeave(generator, participants) {
  try {
    const { ready } = await generator.ask('ready', { seconds: readySeconds });
    const expected = participants.length;
    if (ready !== expected)
      throw new Error(`CONNECT_FAILED: expected ${expected} connected transports, received ${ready}`);
    await generator.ask('run', media);
    await Promise.all(participants.map((participant) => participant.quit()));
  } finally {
    await generator.stop();
  }
}
