// Starts one whole network on this machine, in dependency order, and stops it in the reverse one.
// Every party has its own database and role; a URL in the environment replaces what is embedded.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from '../embedded/child.mjs';
import { ensureParty, startPostgres } from '../embedded/postgres.mjs';
import { startRedis } from '../embedded/redis.mjs';
import { SetupError } from '../setup/progress.mjs';
import { repositoryRoot } from '../setup/repository.mjs';
import { nodeId, writeMembers } from './members.mjs';
import { portOffsets, udpPortsPerNode } from './options.mjs';
import { loadSecrets } from './secrets.mjs';
import { supervise } from './supervise.mjs';

const chainId = 31_337;
/** A media node makes little garbage: a small young generation keeps its memory low (92 instead of 110 MB idle). */
const smallHeapFlags = ['--max-semi-space-size=2'];
/** A node that was killed is dead to the registry before it comes back, as it would be on a machine of its own. */
const nodeRestartDelayMs = 5000;

/**
 * @param {ReturnType<import('./options.mjs').parseNetworkOptions>} options
 * @param {{onStep?: (text: string) => void, environment?: Record<string, string>}} [hooks]
 */
export async function launchNetwork(options, { onStep = () => {}, environment = {} } = {}) {
  mkdirSync(path.join(options.dataDir, 'logs'), { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(options.dataDir);
  const secrets = loadSecrets(options.dataDir, options);
  /** @type {import('./supervise.mjs').Place[]} in the order of their start */
  const started = [];
  let supervisor;
  const stop = async () => {
    await supervisor?.stop();
    for (const { child } of started.splice(0).reverse()) await child.stop();
    unlock();
  };
  try {
    const context = { options, secrets, environment, started, onStep, url: urlsOf(options) };
    const services = await startServices(context);
    const members = await writeMembers(path.join(options.dataDir, 'members.json'), secrets, chainId);
    const shared = {
      CHROOM_CHAIN_ID: String(chainId),
      CHROOM_MEMBERS_FILE: members.file,
      CHROOM_AUTHORITY_ADDRESS: members.authority,
      CHROOM_REGISTRY_URL: context.url.registry,
    };
    const registry = await startRegistry(context, services, shared);
    const startOrchestrator = () => launchOrchestrator(context, services, shared);
    const [nodes, orchestrator, console_] = await allStarted([
      allStarted(Array.from({ length: options.nodes }, (_, index) => startNode(context, shared, index))),
      startOrchestrator(),
      startConsole(context),
    ]);
    return {
      ready: describe(context, nodes),
      processes: { ...services, registry, nodes, orchestrator, console: console_ },
      /** For fault tests: the orchestrator again, after its process has ended. */
      restartOrchestrator: startOrchestrator,
      /** From now on a process that ends by itself is started again. Resolves with one that cannot be kept running. */
      keepRunning() {
        supervisor = supervise(started, { onStep });
        return supervisor.gaveUp;
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Waits for all even when one fails, so that what did start is known and can be stopped. */
async function allStarted(starts) {
  const outcomes = await Promise.allSettled(starts);
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return outcomes.map((outcome) => outcome.value);
}

function urlsOf({ host, portBase }) {
  const http = (offset) => `http://${host}:${portBase + offset}`;
  return {
    livekit: `ws://${host}:${portBase + portOffsets.orchestrator}`,
    orchestrator: http(portOffsets.orchestrator),
    registry: http(portOffsets.registry),
    console: http(portOffsets.console),
  };
}

async function startServices({ options, secrets, environment, started, onStep }) {
  const env = { ...process.env, ...environment };
  const urls = {
    registry: env.CHROOM_REGISTRY_DATABASE_URL,
    orchestrator: env.CHROOM_ORCHESTRATOR_DATABASE_URL,
    redis: env.CHROOM_ORCHESTRATOR_REDIS_URL,
  };
  let postgres;
  let redis;
  if (!urls.registry || !urls.orchestrator) {
    onStep('PostgreSQL');
    postgres = await startPlace(started, () => startPostgres({ dataDir: path.join(options.dataDir, 'postgres') }));
    for (const party of ['registry', 'orchestrator']) {
      const password = secrets.databasePasswords[party];
      const role = `chroom_${party}`;
      await ensureParty(postgres.adminUrl, { role, password, database: role });
      urls[party] ??= postgres.url(role, password, role);
    }
  }
  if (!urls.redis) {
    onStep('Redis');
    redis = await startPlace(started, () => startRedis({ dataDir: path.join(options.dataDir, 'redis') }));
    urls.redis = redis.url;
  }
  return { urls, postgres, redis };
}

function startRegistry(context, services, shared) {
  return startApp(context, 'registry', 'apps/registry/dist/main.js', {
    ...shared,
    CHROOM_REGISTRY_HOST: context.options.host,
    CHROOM_REGISTRY_PORT: String(context.options.portBase + portOffsets.registry),
    CHROOM_REGISTRY_DATABASE_URL: services.urls.registry,
  });
}

function launchOrchestrator(context, services, shared) {
  const { options, secrets } = context;
  return startApp(context, 'orchestrator', 'apps/orchestrator/dist/main.js', {
    ...shared,
    CHROOM_ORCHESTRATOR_ID: '1',
    CHROOM_ORCHESTRATOR_SIGNER_KEY: secrets.orchestratorKeys[0],
    CHROOM_ORCHESTRATOR_HOST: options.host,
    CHROOM_ORCHESTRATOR_PORT: String(options.portBase + portOffsets.orchestrator),
    CHROOM_ORCHESTRATOR_DATA_DIR: dataFolder(context, 'orchestrator'),
    CHROOM_ORCHESTRATOR_DATABASE_URL: services.urls.orchestrator,
    CHROOM_ORCHESTRATOR_REDIS_URL: services.urls.redis,
    CHROOM_BOOTSTRAP_API_KEY: secrets.apiKey,
    CHROOM_BOOTSTRAP_API_SECRET: secrets.apiSecret,
    CHROOM_ADMIN_TOKEN: secrets.adminToken,
    CHROOM_SECRETS_KEY: secrets.secretsKey,
  });
}

function startNode(context, shared, index) {
  const { options, secrets } = context;
  return startApp(
    context,
    `media-node-${index + 1}`,
    'apps/media-node/dist/main.js',
    {
      ...shared,
      CHROOM_NODE_ID: String(nodeId(index)),
      CHROOM_NODE_SIGNER_KEY: secrets.nodeKeys[index],
      CHROOM_NODE_DATA_DIR: dataFolder(context, `media-node-${index + 1}`),
      CHROOM_NODE_CONTROL_HOST: options.host,
      CHROOM_NODE_CONTROL_PORT: String(options.portBase + portOffsets.nodeControl + index),
      CHROOM_NODE_METRICS_PORT: String(options.portBase + portOffsets.nodeMetrics + index),
      CHROOM_NODE_UDP_PORT: String(options.portBase + portOffsets.nodeUdp + index * udpPortsPerNode),
      CHROOM_NODE_WORKERS: '1',
      CHROOM_NODE_BIND_ADDRESSES: options.host,
      CHROOM_NODE_ADVERTISED_ADDRESSES: options.host,
      CHROOM_NODE_REGION: 'local',
    },
    { flags: smallHeapFlags, delayMs: nodeRestartDelayMs },
  );
}

function startConsole(context) {
  const { options, secrets, url } = context;
  return startApp(context, 'console', 'apps/console/server/main.mjs', {
    CHROOM_CONSOLE_HOST: options.host,
    CHROOM_CONSOLE_PORT: String(options.portBase + portOffsets.console),
    CHROOM_CONSOLE_LIVEKIT_URL: url.livekit,
    // Development only: whoever reaches the page may join any room.
    CHROOM_CONSOLE_API_KEY: secrets.apiKey,
    CHROOM_CONSOLE_API_SECRET: secrets.apiSecret,
  });
}

/** @param {{flags?: string[], delayMs?: number}} [how] flags of the Node process, pause before it is started again */
function startApp(context, name, entry, settings, { flags = [], delayMs } = {}) {
  context.onStep(name);
  const start = () =>
    startChild({
      name,
      command: process.execPath,
      args: ['--enable-source-maps', ...flags, path.join(repositoryRoot, entry)],
      spawn: { env: { ...process.env, ...settings, ...context.environment }, cwd: repositoryRoot },
      logFile: path.join(context.options.dataDir, 'logs', `${name}.log`),
      readyLine: (line) => line.startsWith('READY '),
    });
  return startPlace(context.started, start, delayMs);
}

async function startPlace(started, start, delayMs) {
  const child = await start();
  started.push({ child, start, delayMs });
  return child;
}

function describe({ options, secrets, url }, nodes) {
  return {
    livekitUrl: url.livekit,
    apiKey: secrets.apiKey,
    apiSecret: secrets.apiSecret,
    adminUrl: `${url.orchestrator}/admin/v1`,
    adminToken: secrets.adminToken,
    registryUrl: url.registry,
    consoleUrl: url.console,
    rpcUrl: null,
    chainId,
    contracts: {},
    nodes: nodes.map((_, index) => ({
      id: String(nodeId(index)),
      controlUrl: `https://${options.host}:${options.portBase + portOffsets.nodeControl + index}`,
      udpPorts: [options.portBase + portOffsets.nodeUdp + index * udpPortsPerNode],
      tcpPort: null,
    })),
  };
}

function dataFolder({ options }, name) {
  const folder = path.join(options.dataDir, name);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Two networks must not share a data folder. A lock whose process is gone is taken over. */
function lockDataDir(dataDir) {
  const file = path.join(dataDir, 'network.pid');
  if (existsSync(file)) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (isAlive(pid)) {
      throw new SetupError(
        `ALREADY_EXISTS: a network (process ${pid}) runs on ${dataDir}. Stop it, or choose another folder with --data and other ports with --port-base.`,
      );
    }
  }
  writeFileSync(file, String(process.pid), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
