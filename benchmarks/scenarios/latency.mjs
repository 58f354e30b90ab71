// How long packets stay: rooms of ten in which everybody publishes and everybody receives, at two loads, and one room
// whose every frame goes to a hundred receivers, where the work itself is the delay.
import { EngineProcess } from './engine-process.mjs';
import { Generator } from './generator.mjs';
import { scheduling } from './pinned.mjs';
import { makeResult, median, round, summarise } from './result.mjs';
import { connectParticipants, publishVideo, subscribe } from './room.mjs';
import {
  delayNote,
  droppedPackets,
  findRate,
  restingGenerator,
  restNote,
  runTrial,
  trafficNotes,
  undisturbedTrial,
  workersFirstNote,
} from './trial.mjs';

export const description =
  'added delay in rooms of 10 with the worker 50 % and 80 % busy, at N=100 over its work, and loss';

const participantsPerRoom = 10;
const rooms = 20;
const packets = 8;
const packetBytes = 1200;
const largeRoom = { receivers: 100, load: 0.25 };
/** How far the worker may be from as busy as wanted, and trials per one that counts. */
const nearShare = 0.08;
const mostAttempts = 4;
const full = { seconds: 5, repetitions: 3, lossSeconds: 60 };
const quick = { seconds: 3, repetitions: 2, lossSeconds: 5 };

/** @param {{quick: boolean, programs: {load: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const meetings = await withRooms(programs.load, cpus, (engine, generator) =>
    measureMeetings(engine, generator, amounts, say),
  );
  const large = await withEngine(programs.load, cpus, (engine, generator) =>
    measureLargeRoom(engine, generator, amounts, say),
  );
  return makeResult('latency', describe(meetings, large, amounts));
}

async function withEngine(program, cpus, measure) {
  const engine = new EngineProcess({ cpus: cpus.engine });
  const generator = new Generator(program, { cpu: cpus.generator });
  try {
    await engine.call('open', { workers: 1 });
    await engine.call('putWorkersFirst');
    return await measure(engine, generator);
  } finally {
    await generator.stop();
    await engine.stop();
  }
}

/** Rooms of ten, each member publishing to the nine others. Also what the soak runs. */
export function withRooms(program, cpus, measure) {
  return withEngine(program, cpus, async (engine, generator) => {
    for (let index = 0; index < rooms; index++) {
      const firstPeer = index * participantsPerRoom;
      const room = `RM_${index}`;
      const members = await connectParticipants(engine, generator, { room, count: participantsPerRoom, firstPeer });
      for (const [number, publisher] of members.entries()) {
        const track = await publishVideo(engine, generator, publisher, { ssrc: 0x1000 + 0x10 * number });
        await subscribe(
          engine,
          generator,
          track,
          members.filter((member) => member !== publisher),
        );
      }
    }
    return measure(engine, generator);
  });
}

/** Frames per second of each publisher at which the worker of withRooms() is as busy as wanted. */
export function findRoomsRate(engine, generator, busy, say) {
  return findRate(engine, generator, { busy, fps: 10, words: roomsWords, say });
}

/** Of each run with withRooms(): what frames are made of, and how the generator reads. */
export const roomsWords = { packets, bytes: packetBytes, ...restingGenerator };

async function measureMeetings(engine, generator, amounts, say) {
  const measured = [];
  for (const busy of [0.5, 0.8]) measured.push({ busy, ...(await measureAt(busy, engine, generator, amounts, say)) });
  const { fps } = measured.at(-1);
  const loss = await runTrial(engine, generator, { ...roomsWords, fps, seconds: amounts.lossSeconds });
  say(`${amounts.lossSeconds} s at ${loss.busy.toFixed(3)}: lost ${loss.lost} of ${loss.sent}`);
  return { measured, loss };
}

/**
 * Trials in which the worker was as busy as named: what a packet costs falls with the load and moves with the machine, so
 * each trial says how the next one is to be.
 */
async function measureAt(busy, engine, generator, amounts, say) {
  let fps = await findRoomsRate(engine, generator, busy, say);
  const trials = [];
  for (let left = mostAttempts * amounts.repetitions; trials.length < amounts.repetitions; left--) {
    if (left === 0)
      throw new Error(`LOAD_NOT_HELD: expected the worker ${busy * 100} % busy, at ${fps} frames/s it is not`);
    const words = { ...roomsWords, fps, seconds: amounts.seconds, stamp: 1 };
    const trial = await undisturbedTrial(engine, generator, words, say);
    const counts = Math.abs(trial.busy / busy - 1) <= nearShare;
    if (counts) trials.push({ ...trial, fps });
    say(
      `busy ${trial.busy.toFixed(3)} at ${fps.toFixed(1)} frames/s: p50 ${trial.run.delayP50Us} us, p99 ${trial.run.delayP99Us} us, lost ${trial.lost}, generator ${trial.run.generatorCpu}${counts ? '' : ': not counted'}`,
    );
    fps *= Math.sqrt(busy / trial.busy);
  }
  return { fps, trials };
}

async function measureLargeRoom(engine, generator, amounts, say) {
  const count = largeRoom.receivers + 1;
  const [publisher, ...receivers] = await connectParticipants(engine, generator, { room: 'RM_large', count });
  await subscribe(engine, generator, await publishVideo(engine, generator, publisher), receivers);
  const fps = await findRate(engine, generator, { busy: largeRoom.load, fps: 60, words: roomsWords, say });
  const trials = [];
  for (let i = 0; i < amounts.repetitions; i++) {
    // Delays with time stamps, the cost without them.
    const delay = await undisturbedTrial(
      engine,
      generator,
      { ...roomsWords, fps, seconds: amounts.seconds, stamp: 1 },
      say,
    );
    const cost = await undisturbedTrial(engine, generator, { ...roomsWords, fps, seconds: amounts.seconds / 2 }, say);
    const workUs = (largeRoom.receivers * packets * cost.nsPerPacket) / 1000;
    trials.push({ ...delay, workUs, overWork: delay.run.delayP99Us / workUs });
    say(`N=${largeRoom.receivers}: p99 ${delay.run.delayP99Us} us, N x F x ns ${workUs.toFixed(0)} us`);
  }
  return { fps, trials };
}

function describe({ measured, loss }, large, amounts) {
  const p99Ms = ({ trials }) => round(median(trials.map(({ run }) => run.delayP99Us)) / 1000);
  const [half, high] = measured;
  return {
    settings: {
      rooms,
      participantsPerRoom,
      packetsPerFrame: packets,
      packetBytes,
      cipher: 'AEAD_AES_128_GCM',
      workers: 1,
      largeRoom,
      scheduling,
      ...amounts,
    },
    cases: [
      ...measured.flatMap(({ busy, trials }) => {
        const name = (what) => `rooms of 10, ${busy * 100} % busy: ${what}`;
        const each = (unit, what, pick) => summarise(name(what), unit, trials.map(pick));
        return [
          each('1/s', 'frames of each publisher', (trial) => trial.fps),
          each('1', 'share of the core that was busy', (trial) => trial.busy),
          each('us', 'added delay p50', ({ run }) => run.delayP50Us),
          each('us', 'added delay p99', ({ run }) => run.delayP99Us),
          each('us', 'added delay, longest', ({ run }) => run.delayMaxUs),
          each('ns/packet', 'processor time, with time stamps', (trial) => trial.nsPerPacket),
          each('packets', 'lost', (trial) => trial.lost),
          each('packets', 'dropped by the engine', droppedPackets),
          each('1', "generator's processor share", ({ run }) => run.generatorCpu),
          each('frames', 'frames sent over 1 ms late', ({ run }) => run.lateFrames),
          each('us', 'lateness of frames p99', ({ run }) => run.lateP99Us),
        ];
      }),
      summarise(`rooms of 10, 80 % busy for ${amounts.lossSeconds} s: share of the core that was busy`, '1', [
        loss.busy,
      ]),
      summarise(`rooms of 10, 80 % busy for ${amounts.lossSeconds} s: packets sent`, 'packets', [loss.sent]),
      summarise(`rooms of 10, 80 % busy for ${amounts.lossSeconds} s: lost`, 'packets', [loss.lost]),
      summarise('N=100: frames', '1/s', [large.fps]),
      summarise(
        'N=100: share of the core that was busy',
        '1',
        large.trials.map(({ busy }) => busy),
      ),
      summarise(
        'N=100: added delay p50',
        'us',
        large.trials.map(({ run }) => run.delayP50Us),
      ),
      summarise(
        'N=100: added delay p99',
        'us',
        large.trials.map(({ run }) => run.delayP99Us),
      ),
      summarise(
        'N=100: N x F x ns per packet',
        'us',
        large.trials.map(({ workUs }) => workUs),
      ),
    ],
    ratios: {
      p99_ms_50: p99Ms(half),
      p99_ms_80: p99Ms(high),
      p99_n100_over_work: round(median(large.trials.map(({ overWork }) => overWork))),
      lost_at_80: loss.lost,
    },
    notes: [
      ...trafficNotes,
      delayNote,
      restNote,
      workersFirstNote,
      `paced publishers: the beats of all publishers are spread evenly over the interval of a frame; their rate is set so that the worker is as busy as named; a trial in which it was more than ${nearShare * 100} % busier or less busy is repeated`,
    ],
  };
}
