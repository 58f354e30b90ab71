import { appendFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { FollowedNetwork } from '@chroom/chain/network';
import { fixedNetwork } from '@chroom/chain/testing';
import {
  announcedMemberSchema,
  control,
  createPinnedTransport,
  createTlsIdentity,
  encodeWire,
  type Heartbeat,
  type Hex,
  heartbeatSchema,
  isHeartbeatAuthentic,
  memberId,
  noCapacity,
  noLoad,
  parseWire,
  registryPaths,
  type SignedAnnouncement,
  signAnnouncement,
  signedAnnouncementSchema,
  signerAddressOf,
  type TlsIdentity,
  verifyAnnouncement,
} from '@chroom/protocol';
import { createLogger } from '@chroom/telemetry';
import { createClient } from '@connectrpc/connect';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemNodeClock } from './rooms/node-rooms.js';
import { readMediaNodeSettings } from './settings.js';
import { type RunningMediaNode, startMediaNode } from './start-media-node.js';
import { temporaryFolder } from './testing/control-network.js';
import { FakeEngine } from './testing/fake-engine.js';

const CHAIN_ID = 31_337n;
const nodeKey: Hex = `0x${'11'.repeat(32)}`;
const nextKey: Hex = `0x${'12'.repeat(32)}`;
const orchestratorKey: Hex = `0x${'22'.repeat(32)}`;
const strangerKey: Hex = `0x${'33'.repeat(32)}`;
const network = await fixedNetwork([
  { id: memberId(1), kind: 'node', signer: signerAddressOf(nodeKey), active: true },
  { id: memberId(2), kind: 'orchestrator', signer: signerAddressOf(orchestratorKey), active: true },
]);
const { directory } = network;
const secret = Buffer.alloc(32, 7);

/** The node's key changes with the epoch that begins in two to three seconds. */
function rotatingSoon(): Promise<FollowedNetwork> {
  const keys = [nodeKey, nextKey].map((key, fromEpoch) => ({ signer: signerAddressOf(key), fromEpoch }));
  const startSec = Math.floor(Date.now() / 1000) + 3 - 64;
  const member = { id: memberId(1), kind: 'node' as const, signer: signerAddressOf(nodeKey), active: true, keys };
  return fixedNetwork([member], { startSec, slotSec: 1 });
}

/** The registry as a node sees it; a spec decides what it answers. */
class ScriptedRegistry {
  readonly announcements: SignedAnnouncement[] = [];
  readonly heartbeats: Heartbeat[] = [];
  forgetSessions = false;
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly watchers = new Set<ServerResponse>();
  private readonly listeners = new Set<() => void>();

  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  /** Waits until what came in satisfies the condition. */
  until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (!isSo()) return;
        this.listeners.delete(check);
        resolve();
      };
      this.listeners.add(check);
      check();
    });
  }

  /** Shows an orchestrator to everybody who watches. */
  async show(identity: TlsIdentity, signerKey: Hex): Promise<void> {
    await this.until(() => this.watchers.size > 0);
    const announcement = {
      kind: 'orchestrator' as const,
      id: memberId(2),
      controlUrl: 'https://127.0.0.1:1',
      endpoints: [],
      region: '',
      capacity: noCapacity,
      softwareVersion: '0.0.0',
      tlsSpkiSha256: identity.spkiSha256,
      sequence: 1n,
      issuedAtMs: Date.now(),
    };
    const { softwareVersion: version, sequence: _, issuedAtMs: lastSeenMs, ...rest } = announcement;
    const signed = await signAnnouncement(announcement, CHAIN_ID, signerKey);
    const member = {
      ...rest,
      version,
      lastSeenMs,
      state: 'live' as const,
      load: noLoad,
      health: 'ok' as const,
      signed,
    };
    const event = { type: 'upsert', member: encodeWire(announcedMemberSchema, member) };
    for (const watcher of this.watchers) watcher.write(`id: 2\ndata: ${JSON.stringify(event)}\n\n`);
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === registryPaths.watchOrchestrators) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: {"type":"reset"}\n\nid: 1\ndata: {"type":"ready"}\n\n');
      this.watchers.add(response);
      response.on('close', () => this.watchers.delete(response));
    } else {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { status, body } = this.take(request.url ?? '', JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
    for (const listener of [...this.listeners]) listener();
  }

  private take(path: string, json: unknown): { status: number; body: object } {
    if (path === registryPaths.announcements) {
      this.announcements.push(parseWire(signedAnnouncementSchema, json, 'announcement'));
      this.forgetSessions = false;
      const session = this.announcements.length.toString().padStart(32, '0');
      return {
        status: 200,
        body: { session, secret: secret.toString('hex'), heartbeatIntervalMs: 100, serverTimeMs: Date.now() },
      };
    }
    if (this.forgetSessions) return { status: 409, body: { code: 'HEARTBEAT_REJECTED', message: 'Announce again.' } };
    this.heartbeats.push(parseWire(heartbeatSchema, json, 'heartbeat'));
    return { status: 200, body: { state: 'live' } };
  }
}

describe('startMediaNode', () => {
  const folder = temporaryFolder();
  let registry: ScriptedRegistry;
  let engine: FakeEngine;
  let node: RunningMediaNode | undefined;
  let changing: FollowedNetwork | undefined;
  let freePercent: number;
  beforeEach(() => {
    freePercent = 50;
    registry = new ScriptedRegistry();
    engine = new FakeEngine();
  });
  afterEach(async () => {
    await node?.close();
    node = undefined;
    await changing?.close();
    changing = undefined;
    await registry.close();
  });

  const start = async (registryUrl: string, keys: Record<string, string> = { CHROOM_NODE_SIGNER_KEY: nodeKey }) => {
    const settings = readMediaNodeSettings({
      CHROOM_NODE_ID: '1',
      ...keys,
      CHROOM_NODE_DATA_DIR: folder.path,
      CHROOM_NODE_REGION: 'eu',
      CHROOM_REGISTRY_URL: registryUrl,
      CHROOM_RPC_URL: 'http://127.0.0.1:9',
      CHROOM_CORE_ADDRESS: network.facts.contracts.core,
    });
    const logger = createLogger({ app: 'spec', level: 'silent' });
    const readDisk = async () => ({ blocks: 100, bfree: freePercent, bavail: freePercent });
    node = await startMediaNode(settings, engine, changing ?? network, logger, systemNodeClock, readDisk);
    return node;
  };
  const describeBy = (identity: TlsIdentity) => {
    const { controlUrl, tlsSpkiSha256 } = registry.announcements[0]!.announcement;
    const transport = createPinnedTransport({ url: controlUrl, spkiSha256: tlsSpkiSha256, identity });
    return createClient(control.NodeControl, transport).describeNode({});
  };

  it('announces itself with its registered key and sends sealed heartbeats with its load', async () => {
    const { controlUrl } = await start(await registry.listen());
    await registry.until(() => registry.heartbeats.length >= 2);
    const [signed] = registry.announcements;
    await verifyAnnouncement(signed!, CHAIN_ID, directory);
    expect(signed?.announcement).toMatchObject({
      controlUrl,
      region: 'eu',
      endpoints: [{ address: '127.0.0.1', port: 50_000 }],
    });
    const [first, second] = registry.heartbeats;
    expect([first?.counter, second?.counter, first?.load.cpuPermille]).toEqual([1, 2, 10]);
    expect(isHeartbeatAuthentic(first!, secret)).toBe(true);
  });

  it('serves an orchestrator from the moment that its announcement is known, at the key that it announced', async () => {
    await start(await registry.listen());
    await registry.until(() => registry.announcements.length > 0);
    const identity = await createTlsIdentity();
    await registry.show(identity, orchestratorKey);
    expect((await describeBy(identity)).nodeId).toBe(1n);
  });

  it('does not believe the registry about an orchestrator that did not sign', async () => {
    await start(await registry.listen());
    await registry.until(() => registry.announcements.length > 0);
    const identity = await createTlsIdentity();
    await registry.show(identity, strangerKey);
    await expect(describeBy(identity)).rejects.toThrow('TLS_KEY_MISMATCH');
  });

  it('announces again, with a higher sequence, when the registry has forgotten it', async () => {
    await start(await registry.listen());
    await registry.until(() => registry.heartbeats.length > 0);
    registry.forgetSessions = true;
    await registry.until(() => registry.announcements.length === 2);
    const [first, second] = registry.announcements.map(({ announcement }) => announcement.sequence);
    expect(second! > first!).toBe(true);
  });

  it('announces itself anew when the chain names another key and it is in the file, and lives on until then', async () => {
    const file = join(folder.path, 'signer-keys');
    writeFileSync(file, `${nodeKey}\n`, { mode: 0o600 });
    changing = await rotatingSoon();
    await start(await registry.listen(), { CHROOM_NODE_SIGNER_KEY_FILE: file });
    await registry.until(() => changing!.directory.find(memberId(1))?.signer === signerAddressOf(nextKey));
    const beats = registry.heartbeats.length;
    await registry.until(() => registry.heartbeats.length > beats + 2);
    expect(registry.announcements).toHaveLength(1);
    appendFileSync(file, `${nextKey}\n`);
    await registry.until(() => registry.announcements.length === 2);
    const [first, second] = registry.announcements;
    await verifyAnnouncement(second!, CHAIN_ID, changing.directory);
    await expect(verifyAnnouncement(first!, CHAIN_ID, changing.directory)).rejects.toMatchObject({
      code: 'ANNOUNCEMENT_UNSIGNED',
    });
  }, 15_000);

  it('announces no capacity while its disk is filled above the mark, and all of it again afterwards', async () => {
    const { metricsUrl } = await start(await registry.listen());
    await registry.until(() => registry.announcements.length === 1);
    freePercent = 9;
    await registry.until(() => registry.announcements.length === 2);
    const ready = await (await fetch(metricsUrl.replace('/metrics', '/health/ready'))).json();
    expect(ready).toMatchObject({ problems: { disk: expect.stringContaining('91 % full') } });
    freePercent = 10;
    await registry.until(() => registry.announcements.length === 3);
    const [first, full, last] = registry.announcements.map(({ announcement }) => announcement.capacity);
    expect(full).toEqual({ ...noCapacity, workers: first?.workers });
    expect(last).toEqual(first);
    expect(first?.sessions).toBe(1000);
  }, 15_000);

  it('looks at the funds of orchestrators where it is paid, unless its operator does not want it', async () => {
    const paid = {
      CHROOM_NODE_SIGNER_KEY: nodeKey,
      CHROOM_NODE_SETTLEMENT_URL: 'http://127.0.0.1:9',
      CHROOM_NODE_SETTLEMENT_TOKEN: 'token-of-the-spec',
    };
    const url = await registry.listen();
    const looks: boolean[] = [];
    for (const environment of [undefined, paid, { ...paid, CHROOM_NODE_FUND_MIN: '0' }]) {
      const { metricsUrl, close } = await start(url, environment);
      looks.push((await (await fetch(metricsUrl)).text()).includes('chroom_node_funds_total'));
      await close();
    }
    node = undefined;
    expect(looks).toEqual([false, true, false]);
  });

  it('serves without a registry and announces itself when there is one', async () => {
    const probe = new ScriptedRegistry();
    const url = await probe.listen();
    await probe.close();
    const { metricsUrl } = await start(url);
    const ready = await (await fetch(metricsUrl.replace('/metrics', '/health/ready'))).json();
    expect(ready).toMatchObject({ status: 'degraded' });
    await registry.listen(Number(new URL(url).port));
    await registry.until(() => registry.heartbeats.length > 0);
    expect((await fetch(metricsUrl)).status).toBe(200);
  }, 15_000);

  it('says that it drains in its last heartbeat and closes the engine', async () => {
    const running = await start(await registry.listen());
    await registry.until(() => registry.heartbeats.length > 0);
    await running.close();
    node = undefined;
    expect([registry.heartbeats.at(-1)?.health, engine.isClosed]).toEqual(['draining', true]);
  });

  it('keeps its TLS key over restarts', async () => {
    const url = await registry.listen();
    await (await start(url)).close();
    await start(url);
    await registry.until(() => registry.announcements.length >= 2);
    const keys = registry.announcements.map(({ announcement }) => announcement.tlsSpkiSha256);
    expect(new Set(keys).size).toBe(1);
  });
});
