import { randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import path from 'node:path';
import {
  chroomCoreAbi,
  type FollowedNetwork,
  followNetwork,
  MemoryFollowerStore,
  scheduleStandardCall,
  setSignerCall,
} from '@chroom/chain';
import {
  encodeWire,
  type Hex,
  type MemberId,
  memberId,
  registryPaths,
  type SignedAnnouncement,
  signAnnouncement,
  signedAnnouncementSchema,
  signerAddressOf,
  verifyAnnouncement,
} from '@chroom/protocol';
import type { StatementBatch } from '@chroom/protocol/proofs';
import { createLogger } from '@chroom/telemetry';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEventLogs } from 'viem';
import { fetchSessions } from '../../tools/demo/sessions.mjs';
import { awaitSettlement } from '../../tools/demo/settlement.mjs';
import { verifies } from '../../tools/demo/verify.mjs';
import { MeetingClient } from '../browser/meeting-client.mjs';
import { callGoesOn } from '../browser/steady-call';
import { startTestNetwork, type TestNetwork } from '../network/test-network';
import { until } from '../until';

/** A key takes effect with the next epoch, at most 64 s later. */
const epochMs = 64_000;
const folders = { nodes: 'media-node-1', orchestrators: 'orchestrator' };
/** Machines that do other work at the same time start browsers slowly. */
const joinMs = 60_000;

interface SignerChange {
  readonly kind: keyof typeof folders;
  readonly id: MemberId;
  readonly oldKey: Hex;
  readonly newKey: Hex;
  readonly fromEpoch: number;
}

/** The last byte of a leaf is one of its receipt's signature. */
function withLastByteChanged(leaf: string): string {
  return leaf.slice(0, -2) + (Number.parseInt(leaf.slice(-2), 16) ^ 1).toString(16).padStart(2, '0');
}

/** Owners change the network on its chain while two browsers talk, and it pays; then the chain goes away. */
describe('a call while its network changes on the chain', () => {
  let network: TestNetwork;
  let alice: MeetingClient;
  let bob: MeetingClient;
  /** The chain as we see it ourselves. */
  let own: FollowedNetwork;
  /** First epochs of the new keys. */
  const changedFromEpochs: number[] = [];

  beforeAll(async () => {
    network = await startTestNetwork({ nodes: 1 });
    const { rpcUrl, deployment } = network.chain;
    const settings = { ...deployment, rpcUrl, confirmations: 2 };
    const logger = createLogger({ app: 'story', level: 'silent' });
    own = await followNetwork(settings, { store: new MemoryFollowerStore(), logger });
    await call('lasting');
  }, 240_000);
  afterAll(async () => {
    await Promise.all([alice?.close(), bob?.close(), own?.close()]);
    await network?.stop();
  }, 30_000);

  const call = async (room: string) => {
    alice = await MeetingClient.join(network.ready.consoleUrl, room, 'alice');
    bob = await MeetingClient.join(network.ready.consoleUrl, room, 'bob');
    await alice.firstFrameOf('bob', joinMs);
    await bob.firstFrameOf('alice', joinMs);
  };
  const announced = async (kind: 'nodes' | 'orchestrators'): Promise<SignedAnnouncement> => {
    const response = await fetch(`${network.ready.registryUrl}/v1/${kind}`);
    const { members } = (await response.json()) as { members: { signed: unknown }[] };
    return signedAnnouncementSchema.parse(members[0]?.signed);
  };
  /** What the registry says to the same announcement, newer and signed with that key. */
  const announceWith = async (key: Hex, kind: 'nodes' | 'orchestrators') => {
    const { announcement } = await announced(kind);
    const next = { ...announcement, sequence: announcement.sequence + 1n, issuedAtMs: Date.now() };
    const signed = await signAnnouncement(next, BigInt(network.ready.chainId), key);
    const response = await fetch(network.ready.registryUrl + registryPaths.announcements, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(encodeWire(signedAnnouncementSchema, signed)),
    });
    return { status: response.status, body: await response.json() };
  };
  const epochOf = async (batchKey: string) => {
    const response = await fetch(`${network.ready.consoleUrl}/api/statement/batches/${batchKey}`);
    return ((await response.json()) as StatementBatch).epoch;
  };
  /** What tools/verify-settlement.mjs says, and whether it ended well. */
  const verdictOn = async (settlement: object) => {
    const lines: string[] = [];
    const verified = await verifies(network.ready, { settlement }, (line: string) => lines.push(line));
    return { verified, lines };
  };
  const unsigned = { status: 401, body: { code: 'ANNOUNCEMENT_UNSIGNED' } };

  it('a standard that the governor schedules is known everywhere, and is the one of the epochs from its first on', async () => {
    const { chain, secrets } = network;
    const before = own.directory.standardAt(own.directory.currentEpoch());
    if (!before) throw new Error('expected a standard in force');
    await chain.send(
      secrets.governorKey as Hex,
      scheduleStandardCall(chain.deployment, { ...before.standard, minKbps: 32 }),
    );
    await until('all have read it', async () => {
      const versions = await network.metricsOf('chroom_chain_newest_standard_version');
      return versions.every((version) => version === before.version + 1) && own.follower.state.standards.length === 2;
    });
    const { fromEpoch = 0 } = own.follower.state.standards[1] ?? {};
    expect(own.directory.standardAt(fromEpoch - 1)).toMatchObject({ version: 0, standard: { minKbps: 16 } });
    expect(own.directory.standardAt(fromEpoch)).toMatchObject({ version: 1, standard: { minKbps: 32 } });
    expect(await network.metricsOf('chroom_chain_standard_version')).toEqual([0, 0, 0]);
    await callGoesOn(alice, bob);
  }, 60_000);

  it('new signers of the media node and the orchestrator sign from their epoch on, and the old ones no more', async () => {
    const { chain, secrets, ready } = network;
    const members = [
      { kind: 'nodes', id: memberId(ready.nodes[0]?.id ?? 0), owner: secrets.operatorKey, oldKey: secrets.nodeKeys[0] },
      { kind: 'orchestrators', id: memberId(1), owner: secrets.payerKey, oldKey: secrets.orchestratorKeys[0] },
    ] as const;
    const changes: SignerChange[] = [];
    for (const { kind, id, owner, oldKey } of members) {
      const newKey: Hex = `0x${randomBytes(32).toString('hex')}`;
      appendFileSync(path.join(network.dataDir, folders[kind], 'signer-keys'), `${newKey}\n`);
      const call = setSignerCall(chain.deployment, { id, signer: signerAddressOf(newKey) });
      const { logs } = await chain.send(owner as Hex, call);
      const [changed] = parseEventLogs({ abi: chroomCoreAbi, eventName: 'SignerChanged', logs });
      changes.push({ kind, id, oldKey: oldKey as Hex, newKey, fromEpoch: changed?.args.fromEpoch ?? 0 });
    }
    changedFromEpochs.push(...changes.map(({ fromEpoch }) => fromEpoch));
    for (const { kind, newKey, fromEpoch } of changes) {
      const answer = await announceWith(newKey, kind);
      if (own.directory.currentEpoch() < fromEpoch) expect(answer).toMatchObject(unsigned);
    }
    await callGoesOn(alice, bob);
    await until(
      'all are announced with their new keys',
      async () => {
        const epochs = await network.metricsOf('chroom_chain_epoch');
        for (const { kind, id, newKey, fromEpoch } of changes) {
          if (epochs.some((epoch) => epoch < fromEpoch)) return false;
          if (own.directory.find(id)?.signer !== signerAddressOf(newKey)) return false;
          await verifyAnnouncement(await announced(kind), BigInt(ready.chainId), own.directory);
        }
        return true;
      },
      epochMs + 20_000,
    );
    for (const { kind, oldKey } of changes) expect(await announceWith(oldKey, kind)).toMatchObject(unsigned);
    await callGoesOn(alice, bob);
  }, 180_000);

  it('and new calls are made between members with new keys', async () => {
    const carol = await MeetingClient.join(network.ready.consoleUrl, 'lasting', 'carol');
    await carol.firstFrameOf('alice', joinMs);
    await carol.close();
  }, 60_000);

  it('each epoch is paid under its own keys, as a program finds that knows only the chain, and that refuses a changed byte', async () => {
    const { ready } = network;
    await Promise.all([alice.close(), bob.close()]);
    const ofTheCall = async () =>
      (await fetchSessions(ready, 'lasting')).filter(({ participant }) => participant !== 'carol');
    const { settlements } = await awaitSettlement(ready, ofTheCall, Date.now());
    const epochs = await Promise.all(settlements.map(({ batchKey }) => epochOf(batchKey)));
    expect(changedFromEpochs).toHaveLength(2);
    expect(Math.max(...epochs)).toBeGreaterThanOrEqual(Math.max(...changedFromEpochs));
    for (const settlement of settlements) expect(await verdictOn(settlement)).toMatchObject({ verified: true });
    const [underNewKeys] = settlements.filter((_, index) => epochs[index] === Math.max(...epochs));
    const [first, second] = underNewKeys!.leaves;
    expect(await verdictOn({ ...underNewKeys, leaves: [withLastByteChanged(first!), second] })).toEqual({
      verified: false,
      lines: [expect.stringMatching(/^FAILS +proofs\[0\] root: expected 0x[0-9a-f]{64}, received 0x[0-9a-f]{64}$/)],
    });
  }, 200_000);

  it('while the chain is away the call goes on, and an orchestrator starts with what it knows', async () => {
    await call('away');
    network.processes.chain?.signal('SIGKILL');
    await network.processes.chain?.end;
    await until('all notice', async () =>
      (await network.metricsOf('chroom_chain_answers')).every((answers) => answers === 0),
    );
    await callGoesOn(alice, bob);
    network.processes.orchestrator.signal('SIGKILL');
    await network.processes.orchestrator.end;
    await network.restartOrchestrator();
    const dave = await MeetingClient.join(network.ready.consoleUrl, 'new', 'dave');
    const erin = await MeetingClient.join(network.ready.consoleUrl, 'new', 'erin');
    await dave.firstFrameOf('erin', joinMs);
    await Promise.all([dave.close(), erin.close()]);
  }, 240_000);
});
