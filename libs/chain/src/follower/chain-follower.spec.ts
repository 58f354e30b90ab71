import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Clock } from '@chroom/protocol';
import { memberId } from '@chroom/protocol';
import { epochStartSec } from '@chroom/protocol/proofs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { privateKeyToAddress } from 'viem/accounts';
import { registerCall } from '../calls/register.js';
import { requestExitCall } from '../calls/request-exit.js';
import { scheduleStandardCall } from '../calls/schedule-standard.js';
import { setSignerCall } from '../calls/set-signer.js';
import { RpcSource } from '../client/rpc-source.js';
import { createTestNetwork, roles, type TestNetwork, testKey } from '../testing/index.js';
import type { ChainEvent } from './chain-events.js';
import { ChainFollower, type ChainFollowerOptions } from './chain-follower.js';
import { ChainMemberDirectory } from './chain-member-directory.js';
import { FileFollowerStore, type FollowerSnapshot, FollowerStore } from './follower-store.js';

const confirmations = 3;

describe('ChainFollower', () => {
  let network: TestNetwork;
  let folder: string;

  beforeEach(async () => {
    network = await createTestNetwork();
    folder = mkdtempSync(path.join(tmpdir(), 'chroom-follower-'));
  }, 60_000);

  afterEach(async () => {
    await network?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (options: Partial<ChainFollowerOptions> = {}) =>
    ChainFollower.open({
      source: new RpcSource(network.chain.anvil.url),
      facts: factsOf(network),
      confirmations,
      ...options,
    });

  const recorded = (follower: ChainFollower): ChainEvent[] => {
    const events: ChainEvent[] = [];
    follower.onStep((step) => void (step.kind === 'advanced' && events.push(...step.events)));
    return events;
  };

  const rotate = (name: string) =>
    network.send(roles.nodeOwner, setSignerCall(network.contracts, { id: network.nodeId, signer: address(name) }));

  it('tells each event once, in order, and only when it is final', async () => {
    const follower = await open({ blocksPerRead: 2 });
    const events = recorded(follower);
    await network.chain.mine(confirmations);
    await follower.catchUp();
    expect(events.map(({ name }) => name)).toEqual([
      'StandardScheduled',
      'ProofsChanged',
      'MemberRegistered',
      'StakeAdded',
      'MemberRegistered',
      'Funded',
    ]);
    await rotate('second');
    await network.chain.mine(confirmations - 1);
    await follower.catchUp();
    expect(events).toHaveLength(6);
    await network.chain.mine();
    await follower.catchUp();
    expect(events.slice(6)).toMatchObject([{ name: 'SignerChanged', id: network.nodeId, fromEpoch: 2 }]);
    await follower.catchUp();
    expect(events).toHaveLength(7);
  });

  it('continues after a restart where it was, and tells nothing twice', async () => {
    const store = new FileFollowerStore(path.join(folder, 'chain.json'));
    await network.chain.mine(confirmations);
    const before = await open({ store });
    await before.catchUp();
    await rotate('second');
    await network.chain.mine(confirmations);
    const after = await open({ store: new FileFollowerStore(path.join(folder, 'chain.json')) });
    expect(after.state).toEqual(before.state);
    const events = recorded(after);
    await after.catchUp();
    expect(events.map(({ name }) => name)).toEqual(['SignerChanged']);
    expect(after.state.members.get(network.nodeId)?.keys.map(({ signer }) => signer)).toEqual([
      privateKeyToAddress(network.nodeKey),
      address('second'),
    ]);
  });

  it('reads everything anew when its file is damaged or belongs to another network', async () => {
    const file = path.join(folder, 'chain.json');
    await network.chain.mine(confirmations);
    for (const content of [
      '{"network":',
      '{"facts":{"contracts":{"chainId":31337,"core":"0x00"}},"blockNumber":"bigint:5","members":[]}',
    ]) {
      writeFileSync(file, content);
      const follower = await open({ store: new FileFollowerStore(file) });
      await follower.catchUp();
      expect([...follower.state.members.keys()]).toEqual([network.nodeId, network.orchId]);
    }
  });

  it('never tells what a reorganization took back before it was final', async () => {
    const follower = await open();
    const events = recorded(follower);
    await network.chain.mine(confirmations);
    await follower.catchUp();
    const told = events.length;
    const snapshot = await network.chain.anvil.call('evm_snapshot');
    await rotate('taken back');
    await network.chain.mine(confirmations - 1);
    await follower.catchUp();
    await network.chain.anvil.call('evm_revert', [snapshot]);
    await network.chain.mine(2 * confirmations);
    await follower.catchUp();
    expect(events).toHaveLength(told);
    expect(follower.state.members.get(network.nodeId)?.keys).toHaveLength(1);
  });

  it('forgets and reads anew when even a final block was replaced', async () => {
    const follower = await open();
    const steps: string[] = [];
    follower.onStep(({ kind }) => steps.push(kind));
    const snapshot = await network.chain.anvil.call('evm_snapshot');
    await rotate('taken back');
    await network.chain.mine(confirmations);
    await follower.catchUp();
    expect(follower.state.members.get(network.nodeId)?.keys).toHaveLength(2);
    await network.chain.anvil.call('evm_revert', [snapshot]);
    await rotate('in its place');
    // Other times than before, so that the blocks differ.
    await network.toEpoch(2);
    await network.chain.mine(2 * confirmations);
    await follower.catchUp();
    expect(steps).toContain('reorganized');
    expect(follower.state.members.get(network.nodeId)?.keys.map(({ signer }) => signer)).toEqual([
      privateKeyToAddress(network.nodeKey),
      address('in its place'),
    ]);
  });

  it('keeps what it knows when the endpoint serves a chain without the network', async () => {
    const outages: unknown[] = [];
    const follower = await open({ onOutage: (error) => outages.push(error) });
    await network.chain.mine(confirmations);
    await follower.catchUp();
    const known = follower.state;
    await network.chain.anvil.call('anvil_reset');
    await network.chain.mine(100);
    await expect(follower.step()).rejects.toMatchObject({ code: 'CHAIN_WRONG' });
    expect(follower.state).toBe(known);
  });

  it('follows on while its store fails, and stores with the next step', async () => {
    const store = new FragileStore();
    const unsaved: unknown[] = [];
    const follower = await open({ store, onUnsaved: (error) => unsaved.push(error) });
    await network.chain.mine(confirmations);
    await follower.catchUp();
    expect(follower.state.members.size).toBe(2);
    expect([unsaved.length > 0, store.saved]).toEqual([true, undefined]);
    store.isBroken = false;
    await network.chain.mine();
    await follower.catchUp();
    expect(store.saved?.state).toEqual(follower.state);
  });

  it('keeps what it knows while the endpoint is behind', async () => {
    const follower = await open();
    const snapshot = await network.chain.anvil.call('evm_snapshot');
    await network.chain.mine(confirmations + 1);
    await follower.catchUp();
    const known = follower.state;
    await network.chain.anvil.call('evm_revert', [snapshot]);
    expect(await follower.step()).toEqual({ kind: 'behind' });
    expect(follower.state).toBe(known);
  });

  it('says that the chain does not answer, and goes on when it does', async () => {
    const waits: number[] = [];
    const clock: Clock = { nowMs: () => 0, sleep: async (durationMs) => void waits.push(durationMs) };
    const follower = await open({ clock, random: () => 1 });
    await network.chain.anvil.stop();
    await expect(follower.step()).rejects.toMatchObject({ code: 'CHAIN_UNAVAILABLE' });
  }, 30_000);

  it('shows members and standards with the keys and the standing of their epochs', async () => {
    const { parameters, contracts, nodeId, orchId, send } = network;
    let nowSeconds = epochStartSec(parameters.clock, 1);
    const clock: Clock = { nowMs: () => nowSeconds * 1000, sleep: () => Promise.resolve() };
    const follower = await open();
    const directory = new ChainMemberDirectory(follower, parameters.clock, clock);
    let told = 0;
    const off = directory.onChange(() => told++);
    expect(directory.list()).toEqual([]);
    expect(directory.standardAt(0)).toBeUndefined();
    await rotate('second');
    await send(roles.orchOwner, requestExitCall(contracts, { id: orchId }));
    await send(roles.stranger, registerCall(contracts, { kind: 'registry', signer: address('registry') }));
    await send(roles.stranger, registerCall(contracts, { kind: 'validator', signer: address('validator') }));
    await send(roles.governor, scheduleStandardCall(contracts, { ...parameters.standard, minKbps: 32 }));
    await network.chain.mine(confirmations);
    await follower.catchUp();
    expect(told).toBeGreaterThan(0);
    const node = memberId(nodeId);
    const first = privateKeyToAddress(network.nodeKey).toLowerCase();
    expect(directory.find(node)).toEqual({ id: nodeId, kind: 'node', signer: first, active: true });
    expect(directory.list().map(({ kind, active }) => [kind, active])).toEqual([
      ['node', true],
      ['orchestrator', true],
      ['registry', false],
    ]);
    nowSeconds = epochStartSec(parameters.clock, 2);
    expect(directory.find(node)?.signer).toBe(address('second').toLowerCase());
    expect(directory.list().map(({ active }) => active)).toEqual([true, false, true]);
    expect(directory.signerAt(node, 1)?.toLowerCase()).toBe(first);
    expect(directory.signerAt(node, 0)).toBeUndefined();
    expect(directory.signerAt(memberId(orchId), 1)).toBe(privateKeyToAddress(network.orchKey));
    expect(directory.signerAt(memberId(orchId), 2)).toBeUndefined();
    expect(directory.standardAt(45)).toMatchObject({ version: 0, standard: { minKbps: 16 } });
    expect(directory.standardAt(46)).toMatchObject({ version: 1, standard: { minKbps: 32 } });
    expect(directory.capacityKbps(node)).toBe(1_000_000);
    off();
    directory.close();
  });
});

class FragileStore extends FollowerStore {
  isBroken = true;
  saved: FollowerSnapshot | undefined;

  override load(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  override save(snapshot: FollowerSnapshot): Promise<void> {
    if (this.isBroken) return Promise.reject(new Error('no space left'));
    this.saved = snapshot;
    return Promise.resolve();
  }
}

const factsOf = ({ contracts, parameters }: TestNetwork) => ({ contracts, clock: parameters.clock });
const address = (name: string) => privateKeyToAddress(testKey(name));
