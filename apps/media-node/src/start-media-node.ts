import { askFunds, type FollowedNetwork, measureNetwork } from '@chroom/chain/network';
import type { MediaEngine } from '@chroom/engine';
import {
  ANNOUNCEMENT_MAX_ENDPOINTS,
  AnnouncedMembers,
  type Capacity,
  type ChroomError,
  type Health,
  loadOrCreateTlsIdentity,
  MemberAnnouncer,
  noCapacity,
  requireActiveMember,
  type SelfDescription,
} from '@chroom/protocol';
import { createMetrics, type Logger, ProcessHealth, startStatusServer } from '@chroom/telemetry';
import { AnnouncedOrchestrators } from './announcing/announced-orchestrators.js';
import { createControlServer } from './control/control-server.js';
import { NodeControl } from './control/node-control.js';
import { DiskMark, type DiskMarkParts } from './disk/disk-mark.js';
import { RequiredFund } from './funds/required-fund.js';
import { NodeMetrics } from './metrics/node-metrics.js';
import { ForwardReceipts } from './receipts/forward-receipts.js';
import { HttpSettlementClient } from './receipts/settlement-client.js';
import { UnsignedService } from './receipts/unsigned-service.js';
import { type NodeClock, NodeRooms, systemNodeClock } from './rooms/node-rooms.js';
import { UnclaimedSweep } from './rooms/unclaimed-sweep.js';
import type { MediaNodeSettings } from './settings.js';
import { softwareVersion } from './software-version.js';

export interface RunningMediaNode {
  readonly controlUrl: string;
  readonly metricsUrl: string;
  readonly udpPorts: readonly number[];
  /** Drains, tells the registry, ends streams and sessions. */
  close(): Promise<void>;
}

const SWEEP_INTERVAL_MS = 1000;

/**
 * Joins the engine, the control API, the registry and the chain. A registry that is down delays being found, nothing else;
 * while the chain is down the members that are known stay in force.
 */
export async function startMediaNode(
  settings: MediaNodeSettings,
  engine: MediaEngine,
  network: FollowedNetwork,
  logger: Logger,
  clock: NodeClock = systemNodeClock,
  readDisk?: DiskMarkParts['read'],
): Promise<RunningMediaNode> {
  const { directory } = network;
  const identity = await loadOrCreateTlsIdentity(settings.dataDir);
  const { disk, capacity } = await watchDisk(settings, logger, readDisk);
  const rooms = new NodeRooms(capacity, clock);
  const sweep = new UnclaimedSweep(rooms, engine, logger);
  const sweeping = setInterval(() => void Promise.all([sweep.run(), disk.look()]), SWEEP_INTERVAL_MS);

  const metrics = createMetrics('media-node');
  const nodeMetrics = new NodeMetrics(metrics, engine, rooms);
  const { receipts, unsigned, funds } = createPayment(settings, network, clock, logger);
  const unsubscribe = takeEvents(engine, rooms, unsigned);
  nodeMetrics.measureReceipts(receipts);
  if (funds) nodeMetrics.measureFunds(funds);
  measureNetwork(metrics, network);
  let health: Health = 'ok';
  const service = new NodeControl({
    nodeId: settings.id,
    softwareVersion,
    engine,
    rooms,
    receipts,
    unsigned,
    funds,
    isDraining: () => health === 'draining',
    diskProblem: () => disk.problem,
    rssBytes: () => BigInt(process.memoryUsage.rss()),
  });

  const processHealth = new ProcessHealth();
  let registryProblem: string | undefined = 'not announced yet';
  processHealth.check('registry', () => registryProblem);
  processHealth.check('chain', network.problem);
  processHealth.check('disk', () => disk.problem);
  const orchestrators = createOrchestrators(settings, directory, logger);
  const peers = new AnnouncedOrchestrators(orchestrators);
  const server = createControlServer({ identity, peers, service, logger, ...countCalls(nodeMetrics, logger) });
  const controlPort = await server.listen(settings.controlPort, settings.controlHost);
  const controlUrl = settings.controlUrl ?? `https://${bracketed(settings.controlHost)}:${controlPort}`;
  const { metricsHost: host, metricsPort: port } = settings;
  const status = await startStatusServer({ host, port, metrics, health: processHealth });

  const announcer = new MemberAnnouncer({
    registryUrl: settings.registryUrl,
    chainId: BigInt(settings.network.chainId),
    signerKey: () => settings.signerKeys.keyOf(requireActiveMember(directory, 'node', settings.id).signer),
    describe: () => describeSelf(settings, capacity(), controlUrl, engine.udpPorts, identity.spkiSha256),
    health: () => health,
    load: () => service.load(),
    onStep: (step) => {
      registryProblem = step.type === 'failed' ? `${step.error.code}: ${step.error.message}` : undefined;
      if (step.type === 'announced') logger.info('announced', { sequence: step.sequence });
      else logger.warn('not announced; calls go on', { error: step.error });
    },
  });
  orchestrators.start();
  announcer.start();

  return {
    controlUrl,
    metricsUrl: `http://${bracketed(settings.metricsHost)}:${status.port}/metrics`,
    udpPorts: engine.udpPorts,
    close: async () => {
      health = 'draining';
      processHealth.beginStop();
      clearInterval(sweeping);
      await Promise.all([announcer.stop(), orchestrators.stop()]);
      await server.close();
      unsubscribe();
      await engine.close();
      await status.close();
    },
  };
}

/** What may be leased is nothing while a disk is filled above the mark. */
async function watchDisk(settings: MediaNodeSettings, logger: Logger, read: DiskMarkParts['read']) {
  const disk = new DiskMark({ ...settings.disk, logger, ...(read && { read }) });
  await disk.look();
  const closed: Capacity = { ...noCapacity, workers: settings.capacity.workers };
  return { disk, capacity: () => (disk.problem ? closed : settings.capacity) };
}

/** Receipts go to the operator's settlement; what is not signed for counts against the orchestrator, as does a small fund. */
function createPayment(settings: MediaNodeSettings, network: FollowedNetwork, clock: NodeClock, logger: Logger) {
  const { id, settlement } = settings;
  const unsigned = settlement && new UnsignedService(settlement.unsigned, () => clock.monotonicMs());
  const client = settlement && new HttpSettlementClient(settlement.url, settlement.token);
  const receipts = new ForwardReceipts(id, client, unsigned);
  return { receipts, unsigned, funds: createRequiredFund(settings, network, clock, logger) };
}

/** A node that is not paid, or whose operator wants so, looks at no funds. */
function createRequiredFund(
  { settlement }: MediaNodeSettings,
  { source, facts }: FollowedNetwork,
  clock: NodeClock,
  logger: Logger,
): RequiredFund | undefined {
  if (!settlement || settlement.minFund === 0n) return undefined;
  return new RequiredFund({
    minFund: settlement.minFund,
    read: (orchId) => askFunds(source, facts.contracts.core, orchId),
    monotonicMs: () => clock.monotonicMs(),
    logger,
  });
}

function takeEvents(engine: MediaEngine, rooms: NodeRooms, unsigned: UnsignedService | undefined): () => void {
  return engine.events.subscribe((batch) => {
    unsigned?.take(batch, (room) => rooms.fences.ownerOf(room));
    rooms.take(batch);
  });
}

/** Whose TLS keys may call. */
function createOrchestrators(
  { registryUrl, network }: MediaNodeSettings,
  directory: FollowedNetwork['directory'],
  logger: Logger,
): AnnouncedMembers {
  return new AnnouncedMembers({
    registryUrl,
    kind: 'orchestrator',
    chainId: BigInt(network.chainId),
    directory,
    onStep: (step) => {
      if (step.type === 'ready') logger.info('orchestrators known', { count: step.members });
      else logger.warn('orchestrators may be out of date', { error: step.error });
    },
  });
}

function countCalls(metrics: NodeMetrics, logger: Logger) {
  return {
    onRefused: (error: ChroomError) => {
      metrics.countRefused();
      logger.warn('a control connection was refused', { error });
    },
    onCall: (method: string, code: string) => metrics.countCall(method, code),
  };
}

function describeSelf(
  settings: MediaNodeSettings,
  capacity: Capacity,
  controlUrl: string,
  udpPorts: readonly number[],
  tlsSpkiSha256: SelfDescription['tlsSpkiSha256'],
): SelfDescription {
  const { id, region, bindAddresses, advertisedAddresses } = settings;
  const addresses = advertisedAddresses.length > 0 ? advertisedAddresses : bindAddresses;
  const endpoints = addresses.flatMap((address) => udpPorts.map((port) => ({ address, port })));
  return {
    kind: 'node',
    id,
    controlUrl,
    endpoints: endpoints.slice(0, ANNOUNCEMENT_MAX_ENDPOINTS),
    region,
    capacity,
    softwareVersion,
    tlsSpkiSha256,
  };
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
