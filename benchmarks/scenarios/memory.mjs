// What an idle session and a subscription cost in memory, and what keeping ten thousand idle sessions alive costs in time.
import { setTimeout as pause } from 'node:timers/promises';
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { makeResult, round, summarise } from './result.mjs';
import { connectParticipants, publishVideo, subscribe } from './room.mjs';

export const description =
  'resident memory per idle session over 1000 and 5000, per subscription, and the processor time of 10 000 idle sessions';

const participantsPerRoom = 10;
const full = { counts: [1000, 5000], idleCount: 10_000, idleSeconds: 15, receivers: 500, tracks: 40 };
const quick = { counts: [200, 1000], idleCount: 1000, idleSeconds: 3, receivers: 100, tracks: 40 };
/** Media that fills what a subscription keeps: more packets than any of its windows holds, at a rate that is no matter. */
const fill = { seconds: 16, fps: 4, packets: 8, bytes: 200 };
/** The same for what a transport keeps, however many subscriptions it has: what waits for it in a burst, what it sent. */
const fillTransports = { seconds: 3, fps: 60, packets: 64, bytes: 200 };
const tracksPerPublisher = 20;
const callsUntilSettled = 30_000;
const callsInFlight = 200;

export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const sessions = await measureSessions(amounts, programs.load, cpus, say);
  const subscriptions = await measureSubscriptions(amounts, programs.load, cpus, say);
  return makeResult('memory', describe(sessions, subscriptions, amounts));
}

async function withEngine(program, cpus, { limits, nodeFlags }, measure) {
  const engine = new EngineProcess({ cpus: cpus.engine, nodeFlags });
  const generator = new Generator(program, { cpu: cpus.generator });
  try {
    await engine.call('open', { workers: 1, limits });
    return await measure(engine, generator);
  } finally {
    await generator.stop();
    await engine.stop();
  }
}

function measureSessions(amounts, program, cpus, say) {
  const limits = { sessionsPerWorker: Math.max(...amounts.counts, amounts.idleCount) };
  return withEngine(program, cpus, { limits }, async (engine, generator) => {
    const before = await settledBytes(engine);
    const steps = [];
    let connected = 0;
    const connectUpTo = async (count) => {
      for (; connected < count; connected += participantsPerRoom) {
        const room = `RM_${connected}`;
        const count = participantsPerRoom;
        await connectParticipants(engine, generator, { room, count, channels: true, firstPeer: connected });
      }
    };
    for (const count of amounts.counts) {
      await connectUpTo(count);
      const bytes = await settledBytes(engine);
      steps.push({ count, bytesPerSession: (bytes - before) / count, bytes });
      say(`${count} sessions: ${Math.round((bytes - before) / count)} bytes each`);
    }
    await connectUpTo(amounts.idleCount);
    const idle = await idleWork(engine, amounts.idleSeconds);
    say(`${connected} idle sessions: ${(idle.share * 100).toFixed(2)} % of a core`);
    return { before, steps, idle };
  });
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

/** What the worker does to keep all sessions alive. */
async function idleWork(engine, seconds) {
  // The last handshakes' timers run out first.
  await pause(3000);
  const before = await engine.call('counters');
  await pause(seconds * 1000);
  const after = await engine.call('counters');
  const perSecond = (name) => Number(after[name] - before[name]) / seconds;
  return {
    share: perSecond('busy_microseconds') / 1e6,
    stunPerSecond: perSecond('stun_requests_received'),
    sctpPerSecond: perSecond('sctp_packets_received'),
    datagramsSentPerSecond: perSecond('datagrams_sent'),
  };
}

/**
 * Every track has one receiver and has filled its history; every receiver receives one track. What all others add when
 * they subscribe to all tracks and media has flowed to each of them is what subscriptions cost, and nothing else.
 */
function measureSubscriptions({ receivers: receiverCount, tracks: trackCount }, program, cpus, say) {
  return withEngine(program, cpus, { nodeFlags: ['--max-semi-space-size=1'] }, async (engine, generator) => {
    const publisherCount = trackCount / tracksPerPublisher;
    const count = publisherCount + receiverCount;
    const members = await connectParticipants(engine, generator, { room: 'RM_subscriptions', count });
    const [first, ...others] = members.slice(publisherCount);
    const tracks = [];
    for (let index = 0; index < trackCount; index++) {
      const publisher = members[Math.floor(index / tracksPerPublisher)];
      const track = await publishVideo(engine, generator, publisher, { ssrc: 0x1000 + 0x10 * index });
      await subscribe(engine, generator, track, index === 0 ? [first, ...others] : [first]);
      tracks.push(track);
      if (index === 0) await generator.ask('run', fillTransports);
    }
    await generator.ask('run', fill);
    await callOften(engine, tracks[0], others);
    const before = await settledBytes(engine);
    for (const track of tracks.slice(1)) await subscribe(engine, generator, track, others);
    const subscribed = await settledBytes(engine);
    await generator.ask('run', fill);
    const flowed = await settledBytes(engine);
    const added = (trackCount - 1) * others.length;
    const outcome = { added, atRest: (subscribed - before) / added, flowed: (flowed - before) / added };
    say(`${added} subscriptions: ${Math.round(outcome.atRest)} bytes each, after media ${Math.round(outcome.flowed)}`);
    return outcome;
  });
}

/** Calls that leave nothing, until the process has taken what calls need: the memory of the answers and messages between. */
async function callOften(engine, { room, name: track }, receivers) {
  const fence = { room, token: 1n };
  for (let made = 0; made < callsUntilSettled; made += callsInFlight) {
    const batch = Array.from({ length: callsInFlight }, (_, index) => receivers[(made + index) % receivers.length]);
    await Promise.all(
      batch.map(({ session }) => engine.call('updateSubscription', { fence, session, track, maxQuality: 2 })),
    );
  }
}

function describe({ before, steps, idle }, { added, atRest, flowed }, amounts) {
  const most = steps.at(-1);
  return {
    settings: { ...amounts, participantsPerRoom, workers: 1, dataChannels: 3, fill },
    cases: [
      summarise('process without sessions', 'MB', [before / 1e6]),
      ...steps.flatMap(({ count, bytes, bytesPerSession }) => [
        summarise(`process with ${count} sessions`, 'MB', [bytes / 1e6]),
        summarise(`per session, of ${count}`, 'bytes', [bytesPerSession]),
      ]),
      summarise(`worker's share of a core with ${amounts.idleCount} idle sessions`, '1', [idle.share]),
      summarise(`${amounts.idleCount} idle sessions: STUN checks received`, '1/s', [idle.stunPerSecond]),
      summarise(`${amounts.idleCount} idle sessions: SCTP packets received`, '1/s', [idle.sctpPerSecond]),
      summarise(`${amounts.idleCount} idle sessions: datagrams sent`, '1/s', [idle.datagramsSentPerSecond]),
      summarise(`per subscription, of ${added}, before media`, 'bytes', [atRest]),
      summarise(`per subscription, of ${added}, after media`, 'bytes', [flowed]),
    ],
    ratios: {
      bytes_per_session: round(most.bytesPerSession),
      [`bytes_per_session_${steps[0].count}`]: round(steps[0].bytesPerSession),
      bytes_per_subscription: round(flowed),
      idle_core_share: round(idle.share),
    },
    notes: [
      'resident set of the whole process, Node and garbage collection included; one transport per session: ICE, DTLS and SCTP connected, three data channels open, SRTP keyed in both directions',
      'the expanded key of a direction is made at its first packet; idle sessions send none',
      'idle sessions: peers send a STUN check every 2.5 s each and answer SCTP heartbeats; no media flows, so there are no receiver reports and no feedback',
      'per subscription: V8 keeps at most 1 MB for new objects there and has seen as many calls before; by default it takes up to 48 MB, however many subscriptions there are, which says nothing about them',
      'a subscription: VP8 with retransmissions, of a track that others receive already, to a transport that receives other tracks already',
    ],
  };
}
