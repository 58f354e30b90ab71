// What an idle session costs in memory: resident set of the engine's process before and after many of them connected.
import { setTimeout as pause } from 'node:timers/promises';
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { makeResult, round, summarise } from './result.mjs';
import { connectParticipants } from './room.mjs';

export const description = 'resident memory per idle connected session, over 1000 and 5000 sessions';

const participantsPerRoom = 10;
const full = { counts: [1000, 5000], idleSeconds: 10 };
const quick = { counts: [200, 1000], idleSeconds: 3 };

export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const most = Math.max(...amounts.counts);
  const engine = new EngineProcess({ cpus: cpus.engine });
  const generator = new Generator(programs.load, { cpu: cpus.generator });
  try {
    await engine.call('open', { workers: 1, limits: { sessionsPerWorker: most } });
    const before = await settledBytes(engine);
    const steps = [];
    let connected = 0;
    for (const count of amounts.counts) {
      for (; connected < count; connected += participantsPerRoom) {
        await connectParticipants(engine, generator, {
          room: `RM_${connected}`,
          count: participantsPerRoom,
          channels: true,
          firstPeer: connected,
        });
      }
      const bytes = await settledBytes(engine);
      steps.push({ count, bytesPerSession: (bytes - before) / count, bytes });
      say(`${count} sessions: ${Math.round((bytes - before) / count)} bytes each`);
    }
    const idle = await idleShare(engine, amounts.idleSeconds);
    return makeResult('memory', describe(before, steps, idle, amounts));
  } finally {
    await generator.stop();
    await engine.stop();
  }
}

/** The resident set once it has stopped moving, after garbage collection. */
async function settledBytes(engine) {
  let last = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < 20; reading++) {
    await pause(250);
    const { rssBytes } = await engine.call('memory');
    if (Math.abs(rssBytes - last) < 64 * 1024) return rssBytes;
    last = rssBytes;
  }
  return last;
}

/** Share of the core that the worker needs to keep all sessions alive. */
async function idleShare(engine, seconds) {
  const before = await engine.call('counters');
  await pause(seconds * 1000);
  const after = await engine.call('counters');
  return Number(after.busy_microseconds - before.busy_microseconds) / 1e6 / seconds;
}

function describe(before, steps, idle, amounts) {
  const most = steps.at(-1);
  return {
    settings: { ...amounts, participantsPerRoom, workers: 1, dataChannels: 3 },
    cases: [
      summarise('process without sessions', 'MB', [before / 1e6]),
      ...steps.flatMap(({ count, bytes, bytesPerSession }) => [
        summarise(`process with ${count} sessions`, 'MB', [bytes / 1e6]),
        summarise(`per session, of ${count}`, 'bytes', [bytesPerSession]),
      ]),
      summarise(`worker's share of a core with ${most.count} idle sessions`, '1', [idle]),
    ],
    ratios: {
      bytes_per_session: round(most.bytesPerSession),
      [`bytes_per_session_${steps[0].count}`]: round(steps[0].bytesPerSession),
    },
    notes: [
      'resident set of the whole process, Node and garbage collection included; one transport per session: ICE, DTLS and SCTP connected, three data channels open, SRTP keyed in both directions',
      'the expanded key of a direction is made at its first packet; idle sessions send none',
      'peers send STUN checks every 2.5 s',
    ],
  };
}
