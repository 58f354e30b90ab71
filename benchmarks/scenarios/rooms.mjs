// Many small meetings on one worker: two to twelve people each, with microphones, some with cameras in three layers, and
// everybody choosing layers by how many others there are.
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { scheduling } from './pinned.mjs';
import { makeResult, median, round, summarise } from './result.mjs';
import { connectParticipants, publishAudio, publishVideo, subscribe } from './room.mjs';
import { seededMix } from './rooms-mix.mjs';
import {
  delayNote,
  droppedPackets,
  restingGenerator,
  restNote,
  trafficNotes,
  undisturbedTrial,
  unwantedPackets,
  workersFirstNote,
} from './trial.mjs';

export const description =
  'many rooms of 2 to 12 people, audio and simulcast video with layer choice: packets/s per core, delay, loss';

const seed = 20_261_128;
const full = { participants: 100, seconds: 10, repetitions: 5 };
const quick = { participants: 40, seconds: 3, repetitions: 2 };
/** What a browser sends: 20 ms of Opus; VP8 in 180p, 360p and 720p at 0.15, 0.5 and 2.5 Mbit/s. */
const audio = { fps: 50, packets: 1, bytes: 120 };
const layers = [
  { fps: 30, packets: 1, bytes: 640 },
  { fps: 30, packets: 2, bytes: 1050 },
  { fps: 30, packets: 9, bytes: 1180 },
];

/** @param {{quick: boolean, programs: {load: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const mix = seededMix(seed, amounts.participants);
  const engine = new EngineProcess({ cpus: cpus.engine });
  const generator = new Generator(programs.load, { cpu: cpus.generator });
  try {
    await engine.call('open', { workers: 1 });
    await engine.call('putWorkersFirst');
    const subscriptions = await fillRooms(engine, generator, mix);
    say(`${mix.length} rooms, ${subscriptions.audio} audio and ${subscriptions.video} video subscriptions`);
    // Layers settle, histories fill.
    await undisturbedTrial(engine, generator, { seconds: 3, ...restingGenerator }, say);
    const trials = [];
    for (let i = 0; i < amounts.repetitions; i++) {
      const trial = await undisturbedTrial(
        engine,
        generator,
        { seconds: amounts.seconds, stamp: 1, ...restingGenerator },
        say,
      );
      trials.push({ ...trial, packetsPerSecond: 1e9 / trial.nsPerPacket });
      say(
        `busy ${trial.busy.toFixed(3)}, ${trial.nsPerPacket.toFixed(0)} ns/packet, p50 ${trial.run.delayP50Us} us, p99 ${trial.run.delayP99Us} us, lost ${trial.lost}`,
      );
    }
    return makeResult('rooms', describe(mix, subscriptions, trials, amounts));
  } finally {
    await generator.stop();
    await engine.stop();
  }
}

async function fillRooms(engine, generator, mix) {
  const subscriptions = { audio: 0, video: 0 };
  let firstPeer = 0;
  for (const [index, { participants, cameras, maxQuality }] of mix.entries()) {
    const room = `RM_${index}`;
    const members = await connectParticipants(engine, generator, { room, count: participants, firstPeer });
    firstPeer += participants;
    for (const [number, publisher] of members.entries()) {
      const others = members.filter((member) => member !== publisher);
      const ssrc = 0x1000 + 0x100 * number;
      const microphone = await publishAudio(engine, generator, publisher, { ssrc, shape: audio });
      await subscribe(engine, generator, microphone, others);
      subscriptions.audio += others.length;
      if (number >= cameras) continue;
      const camera = await publishVideo(engine, generator, publisher, { ssrc: ssrc + 0x10, shapes: layers });
      for (const [place, receiver] of others.entries()) {
        // Each has one speaker large and the rest as small as the room is big.
        const quality = place === number % others.length ? 2 : maxQuality;
        await subscribe(engine, generator, camera, [receiver], { maxQuality: quality });
      }
      subscriptions.video += others.length;
    }
  }
  return subscriptions;
}

function describe(mix, subscriptions, trials, amounts) {
  const each = (name, unit, pick) => summarise(name, unit, trials.map(pick));
  return {
    settings: {
      seed,
      ...amounts,
      rooms: mix.length,
      sizes: mix.map(({ participants }) => participants),
      subscriptions,
      audio,
      layers,
      cipher: 'AEAD_AES_128_GCM',
      workers: 1,
      scheduling,
    },
    cases: [
      each('packets per second of one core', 'packets/s', ({ packetsPerSecond }) => packetsPerSecond),
      each('processor time', 'ns/packet', ({ nsPerPacket }) => nsPerPacket),
      each('packets sent', '1/s', ({ sent }) => sent / amounts.seconds),
      each('share of the core that was busy', '1', ({ busy }) => busy),
      each('system calls', '1/packet', (trial) => trial.systemCallsPerPacket),
      each('datagrams per run', '1', ({ packetsPerRun }) => packetsPerRun),
      each('added delay p50', 'us', ({ run }) => run.delayP50Us),
      each('added delay p99', 'us', ({ run }) => run.delayP99Us),
      each('lost', 'packets', ({ lost }) => lost),
      each('missing in what receivers got', 'packets', ({ run }) => run.missing),
      each('damaged or not authentic', 'packets', ({ run }) => run.damaged + run.unopenable),
      each('dropped by the engine', 'packets', droppedPackets),
      each('of layers that the receiver does not take', 'packets', unwantedPackets),
      each("generator's processor share", '1', ({ run }) => run.generatorCpu),
      each('frames sent over 1 ms late', 'frames', ({ run }) => run.lateFrames),
    ],
    ratios: {
      packets_per_core_second: round(median(trials.map(({ packetsPerSecond }) => packetsPerSecond))),
    },
    notes: [
      ...trafficNotes,
      delayNote,
      restNote,
      workersFirstNote,
      'everybody has a microphone that is always sent (no silence); cameras in the settings send three layers all the time; each receiver takes one camera in the highest layer and the others in the layer its room is small enough for',
    ],
  };
}
