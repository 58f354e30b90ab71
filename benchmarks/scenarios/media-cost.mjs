// What a forwarded packet costs the media node in seconds with settlement and in seconds without.
import { setTimeout as pause } from 'node:timers/promises';
import { fillRoom } from '../peers/fill-room.mjs';
import { LiveKitRoom } from '../peers/livekit/signalling.mjs';
import { Generator } from './generator.mjs';
import { nextEvenSecond, secondMs, sideOf } from './paid-seconds.mjs';
import { costBetween, readCost } from './process-cost.mjs';

const receivers = 50;
/** 4.7 Mbit/s to each receiver. */
const media = { fps: 60, packets: 8, bytes: 1200 };
/** A receiver's receipt comes every 10 s after its join: spread over them, every second has its share. */
const receiptEveryMs = 10_000;
/** As the engine names its workers: a packet is received, forwarded and sent by one of them, and touched by nobody else. */
const workers = /^chroom-\d+$/;
/** Until the first receipts are made, and the node runs compiled code. */
const warmUpPairs = 15;

/** @typedef {import('./compare-seconds.mjs').SecondsPair} SecondsPair */

export const mediaSettings = { receivers, ...media, mediaWarmUpPairs: warmUpPairs };

/**
 * Media of one room that is paid for flows all the time; receipts of its sessions are made, delivered and counted in seconds
 * with settlement alone.
 * @returns {Promise<{path: SecondsPair[], node: SecondsPair[], lost: number}>} ns of processor time a packet: of the worker that
 *   forwards it, and of the whole process
 */
export async function measureMediaCost({ server, nodeId, program, cpus, pairs: count, say }) {
  const generator = new Generator(program, { cpu: cpus.generator });
  const room = new LiveKitRoom(server, 'media');
  try {
    await fillRoom(generator, unhurried(room), { receivers, cipher: 'gcm' });
    const first = nextEvenSecond() + 2;
    const seconds = 2 * (warmUpPairs + count);
    await pause(first * secondMs - Date.now());
    const ended = generator.ask('run', { ...media, seconds: seconds + 1 });
    const costs = await readSeconds(nodeId, cpus.engine, first, seconds);
    const { run } = await ended;
    const pairsOf = (part) =>
      Array.from({ length: count }, (_, index) => {
        const two = costs.slice(2 * (warmUpPairs + index), 2 * (warmUpPairs + index + 1));
        return Object.fromEntries(two.map(({ second, ns }) => [sideOf(second), [ns[part]]]));
      });
    say(`media flowed for ${seconds} s`);
    const lost = run.packetsSent * receivers - run.packetsReceived;
    return { path: pairsOf('path'), node: pairsOf('node'), lost };
  } finally {
    room.close();
    await generator.stop();
  }
}

/** What a packet of each second cost. */
async function readSeconds(nodeId, cpu, first, count) {
  const costs = [];
  const read = () => ({
    atMs: performance.now(),
    path: readCost(nodeId, [cpu], workers),
    node: readCost(nodeId, [cpu]),
  });
  let former = read();
  for (let second = first; second < first + count; second++) {
    await pause((second + 1) * secondMs - Date.now());
    const now = read();
    const packets = (((now.atMs - former.atMs) * media.fps) / 1000) * media.packets * receivers;
    const nsOf = (part) => costBetween(former[part], now[part]).cpuNs / packets;
    costs.push({ second, ns: { path: nsOf('path'), node: nsOf('node') } });
    former = now;
  }
  return costs;
}

function unhurried(room) {
  let dueMs = Date.now();
  return {
    address: room.address,
    publish: (...words) => room.publish(...words),
    subscribe: async (...words) => {
      dueMs += receiptEveryMs / receivers;
      await pause(Math.max(0, dueMs - Date.now()));
      await room.subscribe(...words);
    },
  };
}
