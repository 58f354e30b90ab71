import { mkdtempSync, rmSync, statSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type Deployment,
  deployContracts,
  developmentParameters,
  openChain,
  readFunds,
  readMember,
  sendCall,
  transferCall,
} from '@chroom/chain';
import { createTestChain, type TestChain } from '@chroom/chain/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Hex, parseEther } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { freePortBase } from '../../test/network/free-ports';
import { startChain } from './chain.mjs';
import { parseNetworkOptions } from './options.mjs';
import { stopPlaces } from './places.mjs';
import { loadSecrets } from './secrets.mjs';

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chroom-chain-'));
  folders.push(folder);
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What launchNetwork hands to startChain. */
async function contextOf(dataDir: string, nodes: number, env: Record<string, string> = {}) {
  const portBase = await freePortBase(nodes);
  const options = parseNetworkOptions(['--data', dataDir, '--nodes', `${nodes}`, '--port-base', `${portBase}`]);
  return { options, secrets: loadSecrets(dataDir, options), env, places: [], onStep: () => {} };
}

describe('the own chain of a network', () => {
  it('is deployed once, keeps its members over a restart, and takes further nodes', async () => {
    const dataDir = newFolder();
    const start = async (nodes: number) => {
      const context = await contextOf(dataDir, nodes);
      const { chain, members } = await startChain(context);
      const { client, deployment } = chain;
      const { timestamp } = await client.getBlock();
      const read = await Promise.all(members.nodeIds.map((id) => readMember(client, deployment, id)));
      const funds = await readFunds(client, deployment, members.orchestratorIds[0] ?? 0n);
      await stopPlaces(context.places);
      return { deployment, members, read, funds, clockMs: Math.abs(Number(timestamp) * 1000 - Date.now()) };
    };
    const first = await start(2);
    expect(first.members).toEqual({ orchestratorIds: [1n], nodeIds: [2n, 3n] });
    expect(first.read).toMatchObject([
      { kind: 'node', stake: parseEther('10000'), activeFrom: 1 },
      { kind: 'node', stake: parseEther('10000'), activeFrom: 1 },
    ]);
    expect(first.funds.total).toBe(parseEther('100000'));
    expect(first.clockMs).toBeLessThanOrEqual(3000);
    const second = await start(3);
    expect(second.deployment).toEqual(first.deployment);
    expect(second.members).toEqual({ orchestratorIds: [1n], nodeIds: [2n, 3n, 4n] });
    expect(second.funds.total).toBe(first.funds.total);
    expect(second.clockMs).toBeLessThanOrEqual(3000);
  }, 60_000);

  it('goes on after a kill in the middle of a write of its state', async () => {
    const dataDir = newFolder();
    const context = await contextOf(dataDir, 1);
    const { chain, members } = await startChain(context);
    const file = path.join(dataDir, 'chain', 'anvil-state.json');
    await chain.anvil?.stateKept();
    chain.anvil?.signal('SIGKILL');
    await chain.anvil?.end;
    truncateSync(file, Math.floor(statSync(file).size / 2));
    const again = await contextOf(dataDir, 1);
    const started = await startChain(again);
    expect([started.chain.deployment, started.members]).toEqual([chain.deployment, members]);
    await stopPlaces(again.places);
  }, 60_000);

  it('says that its state is lost when half of it is all there is', async () => {
    const dataDir = newFolder();
    const context = await contextOf(dataDir, 1);
    await startChain(context);
    await stopPlaces(context.places);
    const file = path.join(dataDir, 'chain', 'anvil-state.json');
    truncateSync(file, Math.floor(statSync(file).size / 2));
    rmSync(`${file}.whole`);
    const again = await contextOf(dataDir, 1);
    await expect(startChain(again)).rejects.toThrow('The chain has lost its state');
    await stopPlaces(again.places);
  }, 60_000);
});

describe('a chain that CHROOM_RPC_URL names', () => {
  let chain: TestChain;
  let contracts: Deployment;
  beforeAll(async () => {
    chain = await createTestChain();
    const roles = { governor: chain.account(0), guardian: chain.account(0) };
    contracts = await deployContracts(chain.client, chain.wallet(0), developmentParameters(roles, await chain.now()));
  }, 60_000);
  afterAll(() => chain?.stop());
  let dataDir: string;
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const start = async (env: Record<string, string>) => {
    dataDir = newFolder();
    return startChain(await contextOf(dataDir, 1, { CHROOM_RPC_URL: chain.anvil.url, ...env }));
  };

  it('is not used without the address of the contracts', async () => {
    await expect(start({})).rejects.toMatchObject({
      code: 'SETTING_INVALID',
      message: expect.stringContaining('CHROOM_CORE_ADDRESS'),
    });
  });

  it('is refused when it is another one, has no contracts there, or does not answer', async () => {
    const core = { CHROOM_CORE_ADDRESS: contracts.core };
    await expect(start({ ...core, CHROOM_CHAIN_ID: '1' })).rejects.toMatchObject({
      code: 'CHAIN_WRONG',
      message: expect.stringMatching(/Expected chain 1, the endpoint serves 31337.*CHROOM_RPC_URL/),
    });
    await expect(start({ CHROOM_CORE_ADDRESS: chain.account(0) })).rejects.toMatchObject({ code: 'CHAIN_WRONG' });
    await expect(start({ ...core, CHROOM_RPC_URL: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'CHAIN_UNAVAILABLE',
      message: expect.stringContaining('CHROOM_RPC_URL'),
    });
  }, 30_000);

  it('gets members only from accounts that can pay, and names one that cannot', async () => {
    const env = { CHROOM_CORE_ADDRESS: contracts.core };
    dataDir = newFolder();
    const context = await contextOf(dataDir, 1, { CHROOM_RPC_URL: chain.anvil.url, ...env });
    const payer = privateKeyToAddress(context.secrets.payerKey as Hex);
    await expect(startChain(context)).rejects.toThrow(
      new RegExp(`ACCOUNT_EMPTY: account ${payer} has 0 wei and 0 units of token ${contracts.token}`),
    );
    for (const key of [context.secrets.payerKey, context.secrets.operatorKey] as Hex[]) {
      const to = privateKeyToAddress(key);
      await chain.anvil.call('anvil_setBalance', [to, '0xde0b6b3a7640000']);
      const client = await openChain({ rpcUrl: chain.anvil.url, chainId: contracts.chainId });
      await sendCall(client, chain.wallet(0), transferCall(contracts, { to, amount: parseEther('200000') }));
    }
    const { members, chain: opened } = await startChain(context);
    expect(members).toEqual({ orchestratorIds: [1n], nodeIds: [2n] });
    expect(opened.deployment).toEqual({ ...contracts, deploymentBlock: 0n });
    expect((await startChain(context)).members).toEqual(members);
  }, 60_000);
});
