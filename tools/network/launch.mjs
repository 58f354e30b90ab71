// Starts one whole network on this machine, in dependency order, and stops it in the reverse one.
// Every party has its own database and role; a URL in the environment replaces what is embedded.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { startConsole, startNode, startOrchestrator, startRegistry, startSettlement } from './apps.mjs';
import { chainSettings, startChain } from './chain.mjs';
import { lockDataDir } from './data-folder.mjs';
import { portOffsets } from './options.mjs';
import { allStarted, stopPlaces } from './places.mjs';
import { nodePorts, refuseTakenPorts } from './ports.mjs';
import { loadSecrets } from './secrets.mjs';
import { startDatabases, startQueue } from './services.mjs';
import { supervise } from './supervise.mjs';

/**
 * @param {ReturnType<import('./options.mjs').parseNetworkOptions>} options
 * @param {{onStep?: (text: string) => void, environment?: Record<string, string>, entries?: {orchestrator?: string, node?: string}}} [hooks]
 *   entries: files to run instead of main files, from the repository's root
 */
export async function launchNetwork(options, { onStep = () => {}, environment = {}, entries = {} } = {}) {
  mkdirSync(path.join(options.dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(options.dataDir);
  const secrets = loadSecrets(options.dataDir, options);
  const env = { ...process.env, ...environment };
  /** @type {import('./places.mjs').StagedPlace[]} in the order of their start */
  const places = [];
  let supervisor;
  const stop = async () => {
    await supervisor?.stop();
    await stopPlaces(places);
    unlock();
  };
  try {
    await refuseTakenPorts(options, env);
    const context = { options, secrets, environment, env, entries, places, onStep, url: urlsOf(options) };
    const [databases, queue, settlementQueue, { chain, members }] = await allStarted([
      startDatabases(context),
      startQueue(context, 'orchestrator'),
      startQueue(context, 'settlement'),
      startChain(context),
    ]);
    const shared = { ...chainSettings(chain), CHROOM_REGISTRY_URL: context.url.registry };
    const registry = await startRegistry(context, databases, shared);
    const restartOrchestrator = () => startOrchestrator(context, databases, queue, members, shared);
    const [nodes, orchestrator, settlement, console_] = await allStarted([
      allStarted(members.nodeIds.map((_, index) => startNode(context, members, shared, index))),
      restartOrchestrator(),
      startSettlement(context, databases, settlementQueue, members, shared),
      startConsole(context),
    ]);
    return {
      ready: describe(context, chain, members),
      processes: {
        urls: { ...databases.urls, redis: queue.url, settlementRedis: settlementQueue.url },
        postgres: databases.postgres,
        redis: queue.redis,
        chain: chain.anvil,
        registry,
        nodes,
        orchestrator,
        settlement,
        console: console_,
      },
      /** For tests that act as an owner on the chain. */
      chain,
      secrets,
      /** For fault tests: the orchestrator again, after its process has ended. */
      restartOrchestrator,
      /** From now on a process that ends by itself is started again. Resolves with one that cannot be kept running. */
      keepRunning() {
        supervisor = supervise(places, { onStep });
        return supervisor.gaveUp;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function urlsOf({ host, portBase }) {
  const http = (offset) => `http://${host}:${portBase + offset}`;
  return {
    livekit: `ws://${host}:${portBase + portOffsets.orchestrator}`,
    orchestrator: http(portOffsets.orchestrator),
    registry: http(portOffsets.registry),
    settlement: http(portOffsets.settlement),
    console: http(portOffsets.console),
  };
}

function describe({ options, secrets, env, url }, { rpcUrl, deployment }, { nodeIds }) {
  const { chainId, token, core, proofs } = deployment;
  return {
    livekitUrl: url.livekit,
    apiKey: secrets.apiKey,
    apiSecret: secrets.apiSecret,
    adminUrl: `${url.orchestrator}/admin/v1`,
    adminToken: secrets.adminToken,
    registryUrl: url.registry,
    consoleUrl: url.console,
    settlementUrl: url.settlement,
    rpcUrl,
    chainId,
    contracts: { token, core, proofs },
    nodes: nodeIds.map((id, index) => {
      const { control, metrics, udp } = nodePorts(options.portBase, index, env);
      return {
        id: String(id),
        controlUrl: `https://${options.host}:${control}`,
        metricsUrl: `http://${options.host}:${metrics}/metrics`,
        udpPorts: udp,
        tcpPort: null,
      };
    }),
  };
}
