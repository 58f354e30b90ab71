// The parties of a network as processes: what each of them gets as its settings.
import path from 'node:path';
import { startChild } from '../embedded/child.mjs';
import { repositoryRoot } from '../setup/repository.mjs';
import { folderOf } from './data-folder.mjs';
import { portOffsets } from './options.mjs';
import { startPlace } from './places.mjs';
import { nodePorts } from './ports.mjs';
import { signerKeyFile } from './signer-key-file.mjs';

/** Media nodes and settlement make little garbage: a small young generation keeps their memory low (92 instead of 110 MB idle). */
const smallHeapFlags = ['--max-semi-space-size=2'];
/** Blocks behind the head that count as decided: a development chain is alone and turns back only in tests. */
const confirmations = 2;
/** Receipts of an epoch's end that a node's retry brings late still find their batch open; a settlement comes within two minutes. */
const sealDelaySec = 10;
/** For the same reason; whoever seals after a start waits longer than orchestrators pause. */
const [receiptRetryMaxSec, retryGraceSec] = [5, 10];
/** A node that was killed is dead to the registry before it comes back, as it would be on a machine of its own. */
const nodeRestartDelayMs = 5000;
/** A second or two; machines that build something else at the same time take much longer. */
const appReadyTimeoutMs = 120_000;

export function startRegistry(context, databases, shared) {
  return startApp(context, 'registry', 'apps/registry/build/main.mjs', {
    ...shared,
    CHROOM_REGISTRY_HOST: context.options.host,
    CHROOM_REGISTRY_PORT: String(context.options.portBase + portOffsets.registry),
    CHROOM_REGISTRY_DATABASE_URL: databases.urls.registry,
  });
}

export function startOrchestrator(context, databases, queue, members, shared) {
  const { options, secrets, entries } = context;
  return startApp(context, 'orchestrator', entries.orchestrator ?? 'apps/orchestrator/build/main.mjs', {
    ...shared,
    CHROOM_ORCHESTRATOR_ID: String(members.orchestratorIds[0]),
    CHROOM_ORCHESTRATOR_SIGNER_KEY_FILE: signerKeyFile(options.dataDir, 'orchestrator', secrets.orchestratorKeys[0]),
    CHROOM_ORCHESTRATOR_HOST: options.host,
    CHROOM_ORCHESTRATOR_PORT: String(options.portBase + portOffsets.orchestrator),
    CHROOM_ORCHESTRATOR_DATA_DIR: folderOf(options.dataDir, 'orchestrator'),
    CHROOM_ORCHESTRATOR_DATABASE_URL: databases.urls.orchestrator,
    CHROOM_ORCHESTRATOR_REDIS_URL: queue.url,
    CHROOM_BOOTSTRAP_API_KEY: secrets.apiKey,
    CHROOM_BOOTSTRAP_API_SECRET: secrets.apiSecret,
    CHROOM_ADMIN_TOKEN: secrets.adminToken,
    CHROOM_SECRETS_KEY: secrets.secretsKey,
    CHROOM_RECEIPT_RETRY_MAX_SEC: String(receiptRetryMaxSec),
  });
}

export function startNode(context, members, shared, index) {
  const name = nodeName(index);
  const settings = { ...shared, ...nodeSettings(context, members, index) };
  const how = { flags: smallHeapFlags, delayMs: nodeRestartDelayMs };
  return startApp(context, name, context.entries.node ?? 'apps/media-node/dist/main.js', settings, how);
}

/**
 * Addresses and workers are a person's to choose: a browser elsewhere reaches no loopback address, a measurement wants
 * more workers. Advertised are the bound addresses unless the environment names others.
 */
export function nodeSettings({ options, secrets, env, url }, members, index) {
  const ports = nodePorts(options.portBase, index, env);
  return {
    CHROOM_NODE_ID: String(members.nodeIds[index]),
    CHROOM_NODE_SIGNER_KEY_FILE: signerKeyFile(options.dataDir, nodeName(index), secrets.nodeKeys[index]),
    CHROOM_NODE_DATA_DIR: folderOf(options.dataDir, nodeName(index)),
    CHROOM_NODE_CONTROL_HOST: options.host,
    CHROOM_NODE_CONTROL_PORT: String(ports.control),
    CHROOM_NODE_METRICS_HOST: options.host,
    CHROOM_NODE_METRICS_PORT: String(ports.metrics),
    CHROOM_NODE_UDP_PORT: String(ports.udp[0]),
    CHROOM_NODE_WORKERS: env.CHROOM_NODE_WORKERS || '1',
    CHROOM_NODE_BIND_ADDRESSES: env.CHROOM_NODE_BIND_ADDRESSES || options.host,
    CHROOM_NODE_REGION: 'local',
    CHROOM_NODE_SETTLEMENT_URL: url.settlement,
    CHROOM_NODE_SETTLEMENT_TOKEN: secrets.operatorToken,
  };
}

function nodeName(index) {
  return `media-node-${index + 1}`;
}

/** Of the operator of all nodes here; it owns them on the chain and sends for them. */
export function startSettlement(context, databases, queue, members, shared) {
  const { options, secrets, url } = context;
  const nodeKeyFile = (index) => signerKeyFile(options.dataDir, nodeName(index), secrets.nodeKeys[index]);
  const settings = {
    ...shared,
    CHROOM_SETTLEMENT_HOST: options.host,
    CHROOM_SETTLEMENT_PORT: String(options.portBase + portOffsets.settlement),
    CHROOM_SETTLEMENT_DATABASE_URL: databases.urls.settlement,
    CHROOM_SETTLEMENT_REDIS_URL: queue.url,
    CHROOM_SETTLEMENT_OPERATOR_TOKEN: secrets.operatorToken,
    CHROOM_SETTLEMENT_READER_TOKEN: secrets.readerToken,
    CHROOM_SETTLEMENT_SENDER_KEY: secrets.operatorKey,
    CHROOM_SETTLEMENT_NODE_KEY_FILES: members.nodeIds.map((id, index) => `${id}=${nodeKeyFile(index)}`).join(','),
    CHROOM_SETTLEMENT_ORCHESTRATORS: `${members.orchestratorIds[0]}=${url.orchestrator}`,
    CHROOM_SETTLEMENT_CONFIRMATIONS: String(confirmations),
    CHROOM_SETTLEMENT_SEAL_DELAY_SEC: String(sealDelaySec),
    CHROOM_SETTLEMENT_RETRY_GRACE_SEC: String(retryGraceSec),
  };
  return startApp(context, 'settlement', 'apps/settlement/build/main.mjs', settings, { flags: smallHeapFlags });
}

export function startConsole(context) {
  const { options, secrets, url } = context;
  return startApp(context, 'console', 'apps/console/server/main.mjs', {
    CHROOM_CONSOLE_HOST: options.host,
    CHROOM_CONSOLE_PORT: String(options.portBase + portOffsets.console),
    CHROOM_CONSOLE_LIVEKIT_URL: url.livekit,
    // Development only: whoever reaches the page may join any room.
    CHROOM_CONSOLE_API_KEY: secrets.apiKey,
    CHROOM_CONSOLE_API_SECRET: secrets.apiSecret,
    CHROOM_CONSOLE_SETTLEMENT_URL: url.settlement,
    CHROOM_CONSOLE_SETTLEMENT_TOKEN: secrets.readerToken,
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
      readyTimeoutMs: appReadyTimeoutMs,
    });
  return startPlace(context.places, 'apps', start, delayMs);
}
