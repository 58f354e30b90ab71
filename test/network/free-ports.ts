import { parseNetworkOptions } from '../../tools/network/options.mjs';
import { takenPorts } from '../../tools/network/ports.mjs';

/** Below the range from which Linux takes the ports of outgoing connections. */
const lowest = 20_000;
const highest = 32_000;
const portsPerNetwork = 200;

/** First port of a network all of whose ports are free now. Networks of one process never get the same one. */
export async function freePortBase(nodes: number): Promise<number> {
  const count = (highest - lowest) / portsPerNetwork;
  for (let tried = 0; tried < count; tried++) {
    const base = lowest + ((process.pid + nextNetwork++) % count) * portsPerNetwork;
    const options = parseNetworkOptions(['--port-base', `${base}`, '--nodes', `${nodes}`]);
    if ((await takenPorts(options)).length === 0) return base;
  }
  throw new Error(`expected ${portsPerNetwork} free ports between ${lowest} and ${highest}`);
}
let nextNetwork = 0;
