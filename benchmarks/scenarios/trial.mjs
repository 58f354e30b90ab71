// One run of media between the generator and the engine: what the worker's processor time was, and what became of the
// packets.

/** A run in which more frames than this left late measured other programs, and is repeated. */
const mostLateShare = 0.02;
const mostAttempts = 5;

/** What every report says about how its media was made. */
export const trafficNotes = [
  "ns and shares of a core are of the worker thread's processor clock; on loopback they include the receiving side of the kernel, as the yardstick's do",
  'receivers: own sockets without UDP_GRO, drained by polling (every 0.2 ms where nothing else is said), never slept on; transport-wide feedback every 100 ms, receiver reports every 1 s, STUN checks every 2.5 s',
  'every packet is counted by its header; one of 16 is decrypted and compared with what was published; three rounds of four over the sockets copy only the first 256 bytes of each packet out of the kernel',
  'the publisher hands packets to the kernel one by one, a frame back to back',
  'virtual machine, loopback, no network card; worker and generator have one core each',
];

/** How delays are taken, for reports that hold any. */
export const delayNote =
  'added delay: of each packet, from right before its publisher encrypts and sends it to its arrival at the receiver by the time stamp of the kernel, so neither the queue of the generator is in it nor when the generator reads; what the node waits for the rest of a frame is';

/** Of runs in which workers were put first. */
export const workersFirstNote =
  "the worker's thread goes before the other threads of its process, which has one core here as well: where there are more, they have cores of their own";

/** For runs that hold the worker to a load: what the generator does between rounds over its sockets, in words of its `run`. */
export const restingGenerator = { 'rest-us': 1000 };
export const restNote =
  'the generator looks at all sockets once in a millisecond and rests in between, but for sending: what it polls in vain slows a worker whose core shares caches and execution units with its own';

/** A trial whose publishers kept their beat; when none of a few did, the last one, which says so in its late frames. */
export async function undisturbedTrial(engine, generator, words, say) {
  for (let attempt = 1; ; attempt++) {
    const result = await runTrial(engine, generator, words);
    const lateShare = result.run.lateFrames / result.run.frames;
    if (lateShare <= mostLateShare || attempt === mostAttempts) return result;
    say(
      `repeated: ${(lateShare * 100).toFixed(0)} % of the frames were sent over 1 ms late (other programs on the cores)`,
    );
  }
}

/** @param {{seconds: number, fps?: number, packets?: number, bytes?: number, stamp?: 0 | 1}} words of the generator's `run` */
export async function runTrial(engine, generator, words) {
  const before = await engine.call('counters');
  const { run } = await generator.ask('run', words);
  const after = await engine.call('counters');
  const grown = (name) => Number(after[name] - before[name]);
  const sent = grown('rtp_packets_sent');
  const cpuNs = grown('busy_microseconds') * 1000;
  return {
    run,
    sent,
    nsPerPacket: cpuNs / sent,
    busy: cpuNs / 1e9 / words.seconds,
    systemCallsPerPacket: (grown('send_calls') + grown('receive_calls')) / sent,
    packetsPerRun: grown('datagrams_sent') / grown('runs_sent'),
    /** Published and not taken in, or sent and not arrived. */
    lost: run.packetsSent - grown('rtp_packets_received') + (sent - run.packetsReceived - run.other),
    dropped: Object.fromEntries(
      Object.keys(after)
        .filter((name) => name.startsWith('drop.') && after[name] > before[name])
        .map((name) => [name, grown(name)]),
    ),
  };
}

/** What a receiver does not take is no drop. */
const layerNotWanted = 'drop.layer_not_wanted';

export function droppedPackets({ dropped }) {
  const lost = Object.entries(dropped).filter(([name]) => name !== layerNotWanted);
  return lost.reduce((sum, [, count]) => sum + count, 0);
}

/** Packets of layers that a receiver does not take, once for each such receiver. */
export function unwantedPackets({ dropped }) {
  return dropped[layerNotWanted] ?? 0;
}

/**
 * Trials until the rate keeps the worker's core as busy as wanted; a busier worker costs less per packet, so one look is
 * not enough. @returns {Promise<number>} frames per second of each publisher
 */
export async function findRate(
  engine,
  generator,
  { busy, fps, most = Number.POSITIVE_INFINITY, seconds = 2, words = {}, say },
) {
  let rate = fps;
  for (let look = 0; look < 4; look++) {
    const seen = await undisturbedTrial(engine, generator, { ...words, seconds, fps: rate }, say);
    const factor = busy / seen.busy;
    // A first look at a far lower rate says little: no more than three times as much at once.
    rate = Math.min(rate * Math.min(factor, 3), most);
    if (Math.abs(factor - 1) < 0.02) break;
  }
  return rate;
}
