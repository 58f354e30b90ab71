// Chroom beside other servers: one publisher, many receivers, the same generator, sinks, offered load and core for all.
// What is compared is packets sent per second of processor time of the whole process tree, softirq included.
import { setTimeout as pause } from 'node:timers/promises';
import { chroom } from '../peers/chroom.mjs';
import { janus } from '../peers/janus/gateway.mjs';
import { liveKit } from '../peers/livekit/server.mjs';
import { mediasoup } from '../peers/mediasoup.mjs';
import { Generator } from './generator.mjs';
import { runMicro } from './micro.mjs';
import { compareByRepetition, describeUnsteadyRatio } from './peer-ratios.mjs';
import { scheduling } from './pinned.mjs';
import { costBetween, readCost, softIrqAccounting } from './process-cost.mjs';
import { makeResult, round, summarise } from './result.mjs';

export const description =
  '1 publisher to 100 receivers: Chroom, LiveKit, Janus; packets per processor second, GCM and CM-SHA1';

const peers = [janus, liveKit, mediasoup];
const receivers = 100;
/** A video of 2.3 Mbit/s: every contender keeps up with it on one core, and all are offered the same. */
const media = { fps: 30, packets: 8, bytes: 1200 };
const ciphers = { gcm: 'AEAD_AES_128_GCM', cm: 'AES128_CM_SHA1_80' };
/** After the last frame, for what is still on its way; the generator itself may wait longer for stragglers. */
const drainMs = 100;
const full = { repetitions: 5, warmSeconds: 0.5, seconds: 2 };
const quick = { repetitions: 1, warmSeconds: 0.5, seconds: 1 };

/** @param {{quick: boolean, programs: {load: string, microLibsrtp: string}, cpus: {engine: number, generator: number}, say: (text: string) => void}} context */
export async function run({ quick: isQuick, programs, cpus, say }) {
  const amounts = isQuick ? quick : full;
  const examined = [];
  for (const contender of [chroom, ...peers]) examined.push({ contender, found: await contender.examine() });
  for (const { contender, found } of examined)
    if (found.unsupported) say(`${contender.name}: unsupported: ${found.unsupported}`);
  const running = examined.filter(({ found }) => !found.unsupported).map(({ contender }) => contender);
  const measured = new Map(
    Object.keys(ciphers).map((cipher) => [cipher, new Map(running.map(({ key }) => [key, []]))]),
  );
  // Interleaved: whatever the machine does in one minute it does to all of them.
  for (let repetition = 1; repetition <= amounts.repetitions; repetition++) {
    for (const cipher of Object.keys(ciphers)) {
      for (const contender of running) {
        const one = await measure(contender, cipher, { program: programs.load, cpus, amounts });
        measured.get(cipher).get(contender.key).push(one);
        say(
          `${repetition}/${amounts.repetitions} ${contender.name} ${ciphers[cipher]}: ${round(one.nsPerPacket)} ns/packet, lost ${one.lost}`,
        );
      }
    }
  }
  const library = measureLibsrtp(programs.microLibsrtp, { quick: isQuick, cpu: cpus.engine, say });
  return makeResult('peers', describe(examined, measured, library, amounts));
}

/** A fresh server and a fresh generator: nothing is left of the contender before. */
async function measure(contender, cipher, { program, cpus, amounts }) {
  const generator = new Generator(program, { cpu: cpus.generator });
  const server = await contender.start({ cpus: cpus.engine });
  try {
    await server.fill(generator, { receivers, cipher });
    await generator.ask('run', { ...media, seconds: amounts.warmSeconds });
    const before = readCost(server.pid, [cpus.engine]);
    const ended = generator.ask('run', { ...media, seconds: amounts.seconds });
    await pause(amounts.seconds * 1000 + drainMs);
    const cost = costBetween(before, readCost(server.pid, [cpus.engine]));
    const { run } = await ended;
    if (run.packetsReceived === 0) throw new Error(`PEER_FAILED: ${contender.name} forwarded nothing`);
    return {
      nsPerPacket: cost.cpuNs / run.packetsReceived,
      softIrqShare: cost.softIrqNs / cost.cpuNs,
      coreShare: cost.cpuNs / 1e6 / (amounts.seconds * 1000 + drainMs),
      coreBusyShare: cost.coresBusyNs / 1e6 / (amounts.seconds * 1000 + drainMs),
      threadsEnded: cost.threadsEnded,
      lost: run.packetsSent * receivers - run.packetsReceived,
      wrong: run.damaged + run.unopenable,
      late: run.lateFrames,
    };
  } finally {
    await server.stop();
    await generator.stop();
  }
}

/** What Janus pays for encryption alone. */
function measureLibsrtp(program, options) {
  try {
    return runMicro(program, options);
  } catch (error) {
    return { cases: [], unsupported: error.stdout?.trim() || error.message };
  }
}

function describe(examined, measured, library, amounts) {
  const supported = examined.filter(({ found }) => !found.unsupported);
  const compared = compareWithPeers(
    supported.map(({ contender }) => contender),
    measured,
  );
  return {
    settings: {
      receivers,
      ...media,
      ...amounts,
      scheduling,
      cores: 'the server one, the generator another',
      softIrqAccounting,
      steady: compared.every(({ steady }) => steady),
      contenders: Object.fromEntries(examined.map(({ contender, found }) => [contender.key, found])),
    },
    cases: [
      ...Object.keys(ciphers).flatMap((cipher) =>
        supported.flatMap(({ contender }) =>
          casesOf(`${contender.name}, ${ciphers[cipher]}`, measured.get(cipher).get(contender.key)),
        ),
      ),
      ...compared.map(({ spread }) => spread),
      ...library.cases.map((one) => ({ ...one, name: `${library.version} alone, ${one.name}: protecting one packet` })),
    ],
    ratios: Object.fromEntries(compared.map(({ name, ratio }) => [name, ratio])),
    notes: [
      ...compared.filter(({ steady }) => !steady).map(describeUnsteadyRatio),
      ...examined
        .filter(({ found }) => found.unsupported)
        .map(({ contender, found }) => `${contender.name}: unsupported: ${found.unsupported}`),
      ...(library.unsupported ? [`the SRTP library of Janus alone: unsupported: ${library.unsupported}`] : []),
      'processor time: run time of all threads of the process tree by the scheduler (/proc/PID/task/*/schedstat), softirq as softIrqAccounting says; packets: those that arrived at the receivers',
      'a ratio is the median over the interleaved repetitions: processor time of a packet of the peer over that of Chroom in the same repetition; "repetitions of" has their range',
      'all contenders get the same frames at the same rate; at a higher rate the cost of a packet falls, for Chroom more than for the others, since its runs grow',
      'receivers: own sockets without UDP_GRO, drained by polling; transport-wide feedback every 100 ms where the server asks for it, receiver reports every 1 s, STUN checks every 2.5 s',
      'the generator is the DTLS client and offers one SRTP profile per row',
      'interleaved; every repetition starts each server anew; virtual machine, loopback, no network card',
    ],
  };
}

function compareWithPeers(running, measured) {
  const others = running.filter((contender) => contender !== chroom);
  return Object.entries({ gcm: '', cm: '_cm' }).flatMap(([cipher, suffix]) => {
    const trials = measured.get(cipher);
    return others.map(({ key }) =>
      compareByRepetition(`packets_per_cpu_over_${key}${suffix}`, trials.get(chroom.key), trials.get(key)),
    );
  });
}

function casesOf(name, trials) {
  const figure = (what, unit, pick) => summarise(`${name}: ${what}`, unit, trials.map(pick));
  return [
    figure('processor time', 'ns/packet', (trial) => trial.nsPerPacket),
    figure('packets per processor second', 'packets/s', (trial) => 1e9 / trial.nsPerPacket),
    figure('share of the core', '1', (trial) => trial.coreShare),
    figure('share of the core that was busy, by /proc/stat', '1', (trial) => trial.coreBusyShare),
    figure('softirq outside of its threads, share of its processor time', '1', (trial) => trial.softIrqShare),
    figure('lost', 'packets', (trial) => trial.lost),
    figure('damaged or not authentic', 'packets', (trial) => trial.wrong),
    figure('threads that ended while measured', 'threads', (trial) => trial.threadsEnded),
    figure('frames sent over 1 ms late', 'frames', (trial) => trial.late),
  ];
}
