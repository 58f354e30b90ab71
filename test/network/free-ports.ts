import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { portOffsets, udpPortsPerNode } from '../../tools/network/options.mjs';

/** Below the range from which Linux takes the ports of outgoing connections. */
const lowest = 20_000;
const highest = 32_000;
const portsPerNetwork = 200;
const host = '127.0.0.1';

/** First port of a network all of whose ports are free now. Networks of one process never get the same one. */
export async function freePortBase(nodes: number): Promise<number> {
  const count = (highest - lowest) / portsPerNetwork;
  for (let tried = 0; tried < count; tried++) {
    const base = lowest + ((process.pid + nextNetwork++) % count) * portsPerNetwork;
    if (await allFree(base, nodes)) return base;
  }
  throw new Error(`expected ${portsPerNetwork} free ports between ${lowest} and ${highest}`);
}
let nextNetwork = 0;

async function allFree(base: number, nodes: number): Promise<boolean> {
  const { orchestrator, registry, console, chain, settlement } = portOffsets;
  const tcp = [orchestrator, registry, console, chain, settlement];
  const udp: number[] = [];
  for (let index = 0; index < nodes; index++) {
    tcp.push(portOffsets.nodeControl + index, portOffsets.nodeMetrics + index);
    udp.push(portOffsets.nodeUdp + index * udpPortsPerNode);
  }
  const answers = await Promise.all([
    ...tcp.map((offset) => tcpFree(base + offset)),
    ...udp.map((offset) => udpFree(base + offset)),
  ]);
  return answers.every(Boolean);
}

function tcpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function udpFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    socket.once('error', () => resolve(false));
    socket.bind(port, host, () => socket.close(() => resolve(true)));
  });
}
