// How long a join takes in seconds with settlement and in seconds without.
import { setTimeout as pause } from 'node:timers/promises';
import { Participant } from '../peers/livekit/signalling.mjs';
import { ratioOfSides } from './compare-seconds.mjs';
import { Generator } from './generator.mjs';
import { isPaidSecond, nextEvenSecond, secondMs, sideOf, unpaidPrefix } from './paid-seconds.mjs';
import { round } from './result.mjs';

const address = '127.0.0.1';
const firstSsrc = 0x2000;
const readySeconds = 20;
/** A join and what it causes is some 60 ms of processor time on two cores: joins that come closer wait for each other. */
const joinsPerSecond = 5;
/** The first join of a second is this late at most: joins begin at any time of a second, and none as often as another. */
const phaseMaxMs = secondMs / joinsPerSecond;
/** What those who joined in a second send before they leave, so that there is something to pay for. */
const media = { seconds: 1, fps: 20, packets: 1, bytes: 600, 'rest-us': 1000 };
/** Until all processes run compiled code, and those leave and get receipts who joined before. */
const warmUpSeconds = 60;
const sayEverySeconds = 30;

export const joinSettings = { joinsPerSecond, joinMedia: media, joinWarmUpSeconds: warmUpSeconds };

/**
 * Joins by the wall clock, from the token to the answer that describes the published track. The sides take turns by the second.
 * @returns {Promise<import('./compare-seconds.mjs').SecondsPair[]>} ms of each join
 */
export async function measureJoinTimes({ server, program, cpu, pairs, say }) {
  const measured = [];
  const leaving = new Set();
  const prepare = () => preparePeers(new Generator(program, { cpu }));
  let prepared = prepare();
  let first = nextEvenSecond();
  for (let index = -warmUpSeconds / 2; index < pairs; index++, first += 2) {
    const pair = {};
    for (const second of [first, first + 1]) {
      const { timesMs, left, next } = await joinInSecond(server, await prepared, second, prepare);
      prepared = next;
      pair[sideOf(second)] = timesMs;
      leaving.add(left);
      left.then(() => leaving.delete(left)).catch(() => {});
    }
    if (index >= 0) measured.push(pair);
    // Without the interval: who measures joins must not compute for seconds.
    if (index > 0 && index % (sayEverySeconds / 2) === 0)
      say(
        `${index}/${pairs} pairs of seconds with joins, with settlement over without so far ${round(ratioOfSides(measured))}`,
      );
  }
  await Promise.all(leaving);
  await (await prepared).generator.stop();
  return measured;
}

async function preparePeers(generator) {
  const { fingerprint, peers } = await generator.ask('peers', { count: joinsPerSecond, srtp: 'gcm', address });
  return { generator, fingerprint, peers };
}

/**
 * `left` resolves when those who joined have sent and gone. `next`: the peers of the next second, prepared between two joins of
 * this one, as a process that starts disturbs the join beside it.
 */
async function joinInSecond(server, { generator, fingerprint, peers }, second, prepare) {
  let next;
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
    if (peer === joinsPerSecond >> 1) next = prepare();
  }
  return { timesMs, left: sendAndLeave(generator, participants), next };
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
