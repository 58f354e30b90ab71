import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MediaEngine } from '@chroom/engine';
import {
  type Capacity,
  control,
  createPinnedTransport,
  createTlsIdentity,
  type Hex,
  type PinnedPeer,
  type TlsIdentity,
} from '@chroom/protocol';
import { createLogger, createMetrics } from '@chroom/telemetry';
import { type Client, createClient } from '@connectrpc/connect';
import { createControlServer } from '../control/control-server.js';
import { NodeControl } from '../control/node-control.js';
import { RequiredFund, type RequiredFundParts } from '../funds/required-fund.js';
import { NodeMetrics } from '../metrics/node-metrics.js';
import { ForwardReceipts } from '../receipts/forward-receipts.js';
import type { SettlementClient } from '../receipts/settlement-client.js';
import { UnsignedService } from '../receipts/unsigned-service.js';
import { NodeRooms } from '../rooms/node-rooms.js';
import { UnclaimedSweep } from '../rooms/unclaimed-sweep.js';

export const testCapacity: Capacity = { egressBps: 10_000_000n, packetsPerSecond: 10_000n, sessions: 10, workers: 1 };

export const testUnsignedLimits = { maxMs: 300_000, maxValue: 1n, expectedPricePerGiB: 1n };

export const testMinFund = 10n ** 18n;

export class ManualNodeClock {
  timeMs = 1_000_000;
  nowMs = () => this.timeMs;
  monotonicMs = () => this.timeMs;
}

/** A node's control API on loopback with orchestrators that are pinned by hand, for specs. */
export async function startControlNetwork(
  engine: MediaEngine,
  settlement?: SettlementClient,
  readFunds?: RequiredFundParts['read'],
) {
  const clock = new ManualNodeClock();
  const logger = createLogger({ app: 'spec', level: 'silent' });
  const rooms = new NodeRooms(() => testCapacity, clock);
  const unsigned = settlement && new UnsignedService(testUnsignedLimits, () => clock.monotonicMs());
  const monotonicMs = () => clock.monotonicMs();
  const funds = readFunds && new RequiredFund({ minFund: testMinFund, read: readFunds, monotonicMs, logger });
  engine.events.subscribe((batch) => {
    unsigned?.take(batch, (room) => rooms.fences.ownerOf(room));
    rooms.take(batch);
  });
  const identity = await createTlsIdentity();
  const pins = new Map<Hex, PinnedPeer>();
  const draining = { isDraining: false };
  const disk: { problem: string | undefined } = { problem: undefined };
  const metrics = createMetrics('spec');
  const nodeMetrics = new NodeMetrics(metrics, engine, rooms);
  const server = createControlServer({
    identity,
    peers: { lookUp: (spki) => pins.get(spki) },
    service: new NodeControl({
      nodeId: 7n,
      softwareVersion: '0.0.0',
      engine,
      rooms,
      receipts: new ForwardReceipts(7n, settlement, unsigned),
      unsigned,
      funds,
      isDraining: () => draining.isDraining,
      diskProblem: () => disk.problem,
      rssBytes: () => 1n,
    }),
    logger,
    onRefused: () => nodeMetrics.countRefused(),
    onCall: (method, code) => nodeMetrics.countCall(method, code),
  });
  const port = await server.listen(0, '127.0.0.1');
  const url = `https://127.0.0.1:${port}`;
  const connect = (own: TlsIdentity, spkiSha256 = identity.spkiSha256): Client<typeof control.NodeControl> =>
    createClient(control.NodeControl, createPinnedTransport({ url, spkiSha256, identity: own }));
  return {
    url,
    identity,
    rooms,
    clock,
    draining,
    disk,
    metrics,
    sweep: new UnclaimedSweep(rooms, engine, logger),
    connect,
    /** An orchestrator whose TLS key is announced. */
    orchestrator: async (id: bigint) => {
      const own = await createTlsIdentity();
      pins.set(own.spkiSha256, { memberId: id });
      return { identity: own, client: connect(own), withdraw: () => pins.delete(own.spkiSha256) };
    },
    close: () => server.close(),
  };
}

export type ControlNetwork = Awaited<ReturnType<typeof startControlNetwork>>;

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'chroom-node-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
