import path from 'node:path';
import { parseArgs } from 'node:util';
import { SetupError } from '../setup/progress.mjs';
import { repositoryRoot } from '../setup/repository.mjs';

const spec = {
  'port-base': { type: 'string', default: '7880' },
  data: { type: 'string', default: path.join(repositoryRoot, '.chroom', 'network') },
  nodes: { type: 'string', default: '2' },
  orchestrators: { type: 'string', default: '1' },
  host: { type: 'string', default: '127.0.0.1' },
};

export const usage = `npm start -- [options]
  --port-base N      first of the 200 ports that this network uses (default ${spec['port-base'].default})
  --data DIR         folder of databases, keys and logs (default .chroom/network)
  --nodes K          media nodes, 1 to 8 (default ${spec.nodes.default})
  --orchestrators M  1 (sharing rooms among several is not built yet)
  --host ADDRESS     address that everything binds (default ${spec.host.default})`;

/** Ports of one network, relative to its port base. */
export const portOffsets = {
  orchestrator: 0,
  registry: 1,
  console: 2,
  chain: 3,
  settlement: 4,
  nodeControl: 10,
  nodeMetrics: 30,
  nodeUdp: 50,
};
export const udpPortsPerNode = 16;
const portsPerNetwork = 200;

/** @throws SetupError with the catalog code first, naming the option. */
export function parseNetworkOptions(argv) {
  let values;
  try {
    ({ values } = parseArgs({ args: argv, options: spec, strict: true }));
  } catch (error) {
    throw new SetupError(`INVALID_ARGUMENT: ${error.message}\n${usage}`);
  }
  const orchestrators = integer('orchestrators', values.orchestrators, 1, 8);
  if (orchestrators > 1) {
    throw new SetupError(
      `UNIMPLEMENTED: --orchestrators ${orchestrators}: sharing rooms among several orchestrators is not built yet; use --orchestrators 1.`,
    );
  }
  return {
    portBase: integer('port-base', values['port-base'], 1024, 65_535 - portsPerNetwork),
    dataDir: path.resolve(values.data),
    nodes: integer('nodes', values.nodes, 1, 8),
    orchestrators,
    host: String(values.host),
  };
}

function integer(name, text, lowest, highest) {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < lowest || value > highest) {
    throw new SetupError(
      `INVALID_ARGUMENT: --${name} expects an integer from ${lowest} to ${highest}, received "${text}".\n${usage}`,
    );
  }
  return value;
}
