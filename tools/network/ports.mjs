// The ports of one network, and whether somebody else has one of them.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { ChroomError } from '@chroom/protocol';
import { portOffsets, udpPortsPerNode } from './options.mjs';

const servicePorts = ['orchestrator', 'registry', 'console', 'chain', 'settlement'];

/**
 * Of node `index`, 0 for the first.
 * @param {Record<string, string | undefined>} env  each worker has a UDP port, and the environment says how many there are
 */
export function nodePorts(portBase, index, env = {}) {
  const firstUdp = portBase + portOffsets.nodeUdp + index * udpPortsPerNode;
  return {
    control: portBase + portOffsets.nodeControl + index,
    metrics: portBase + portOffsets.nodeMetrics + index,
    udp: Array.from({ length: workersOf(env) }, (_, worker) => firstUdp + worker),
  };
}

/** What is no number of workers is refused by the node itself. */
function workersOf({ CHROOM_NODE_WORKERS: text }) {
  return /^\d{1,2}$/.test(text ?? '') ? Number(text) : 1;
}

/**
 * @param {{portBase: number, nodes: number, host: string}} options
 * @returns {Promise<string[]>} such as `7880/tcp (orchestrator)`
 */
export async function takenPorts({ portBase, nodes, host }, env = {}) {
  const services = servicePorts.filter((name) => name !== 'chain' || !env.CHROOM_RPC_URL);
  const asked = services.map((name) => [tcpTaken, name, portBase + portOffsets[name]]);
  for (let index = 0; index < nodes; index++) {
    const { control, metrics, udp } = nodePorts(portBase, index, env);
    const name = `media node ${index + 1}`;
    asked.push([tcpTaken, `control of ${name}`, control], [tcpTaken, `metrics of ${name}`, metrics]);
    asked.push(...udp.map((port) => [udpTaken, `packets of ${name}`, port]));
  }
  const answers = await Promise.all(
    asked.map(async ([isTaken, name, port]) =>
      (await isTaken(port, host)) ? `${port}/${isTaken === udpTaken ? 'udp' : 'tcp'} (${name})` : undefined,
    ),
  );
  return answers.filter((answer) => answer !== undefined);
}

/** Before anything is started. @throws ChroomError PORT_TAKEN */
export async function refuseTakenPorts(options, env) {
  const taken = await takenPorts(options, env);
  if (taken.length === 0) return;
  throw new ChroomError(
    'PORT_TAKEN',
    `expected free ports on ${options.host}, but another process has ${taken.join(', ')}. ` +
      `Stop it, or start with --port-base N (now ${options.portBase}; LiveKit's own server uses 7880 too).`,
  );
}

async function tcpTaken(port, host) {
  const server = createServer();
  try {
    await once(server.listen(port, host), 'listening');
    await new Promise((resolve) => server.close(resolve));
    return false;
  } catch (error) {
    return isTakenError(error);
  }
}

async function udpTaken(port, host) {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    return false;
  } catch (error) {
    return isTakenError(error);
  } finally {
    socket.close();
  }
}

/** Another error, such as an address that is not of this machine, is for who binds the port to tell. */
function isTakenError(error) {
  return error.code === 'EADDRINUSE';
}
