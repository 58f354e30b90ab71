// A network of `npm start` with one media node, with or without everything that settlement needs of a call.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Below the range from which Linux takes the ports of outgoing connections; another run of the benchmark has others. */
const portBase = 20_000 + (process.pid % 29) * 400;
const portsPerNetwork = 200;
/** Everything comes from one address here. */
const manyJoins = {
  CHROOM_SIGNAL_JOINS_PER_SECOND_PER_ADDRESS: '10000',
  CHROOM_SIGNAL_JOIN_BURST_PER_ADDRESS: '10000',
  CHROOM_LOG_LEVEL: 'warn',
};
/** Whoever is served without a grant for this long, and for so much, is served on. */
const noLimits = { CHROOM_NODE_UNSIGNED_MAX_SEC: '86400', CHROOM_NODE_UNSIGNED_MAX_VALUE: String(10n ** 24n) };
const unpaid = { CHROOM_GRANTS: 'off', CHROOM_NODE_SETTLEMENT_URL: '' };

/** Processes that are with settlement in some seconds, and without in others. */
export const entriesWithPaidSeconds = {
  orchestrator: 'benchmarks/scenarios/orchestrator-with-paid-seconds.mjs',
  node: 'benchmarks/scenarios/media-node-with-paid-seconds.mjs',
};

/** @param {{isPaid: boolean, cpu: number, entries?: typeof entriesWithPaidSeconds}} how cpu: of the media node; entries: run instead of main files */
export async function startPaidNetwork({ isPaid, cpu, entries = {} }) {
  const { launchNetwork } = await import('../../tools/network/launch.mjs');
  const { parseNetworkOptions } = await import('../../tools/network/options.mjs');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-bench-'));
  const ownPortBase = String(portBase + (isPaid ? 0 : portsPerNetwork));
  const options = parseNetworkOptions(['--data', dataDir, '--port-base', ownPortBase, '--nodes', '1']);
  const removeFolder = () => rmSync(dataDir, { recursive: true, force: true });
  const environment = { ...manyJoins, ...(isPaid ? noLimits : unpaid) };
  const network = await launchNetwork(options, { environment, entries }).catch((error) => {
    removeFolder();
    throw error;
  });
  const { orchestrator, nodes } = network.processes;
  pinAll(nodes[0].pid, cpu);
  const { livekitUrl: url, apiKey, apiSecret } = network.ready;
  return {
    isPaid,
    server: { url, apiKey, apiSecret },
    nodeId: nodes[0].pid,
    processIds: [orchestrator.pid, nodes[0].pid],
    async stop() {
      await network.stop();
      removeFolder();
    },
  };
}

function pinAll(pid, cpu) {
  const { status, stderr } = spawnSync('taskset', ['-a', '-c', '-p', String(cpu), String(pid)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`cannot bind process ${pid} to processor ${cpu}: ${stderr}`);
}
