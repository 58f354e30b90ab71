// The members of a network on its chain: what has no registration yet gets one, with its stake or its fund.
import path from 'node:path';
import {
  approveCall,
  ChainFollower,
  FileFollowerStore,
  fundCall,
  RpcSource,
  readClock,
  readFunds,
  registerCall,
  registeredMember,
} from '@chroom/chain';
import { parseEther } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { folderOf } from './data-folder.mjs';

const stakePerNode = parseEther('10000');
const fundPerOrchestrator = parseEther('100000');
/** A gigabit per second in, and one out. */
const capacityKbps = 2_000_000;

/**
 * Found by their keys, so that a start that was cut off registers nobody twice.
 * @param {{options: {dataDir: string, nodes: number, orchestrators: number}, secrets: object}} context
 * @param {import('./chain.mjs').NetworkChain} chain
 * @returns {Promise<{orchestratorIds: bigint[], nodeIds: bigint[]}>} in the order of the keys
 */
export async function registerMembers({ options, secrets }, chain) {
  const known = await readMembers(options, chain);
  const withIds = (keys) => keys.map((key) => ({ key, id: known.get(privateKeyToAddress(key)) }));
  const orchestrators = withIds(secrets.orchestratorKeys.slice(0, options.orchestrators));
  const nodes = withIds(secrets.nodeKeys.slice(0, options.nodes));
  return {
    orchestratorIds: await registerOrchestrators(chain, secrets.payerKey, orchestrators),
    nodeIds: await registerNodes(chain, secrets.operatorKey, nodes),
  };
}

/** @returns {Promise<Map<string, bigint>>} member by each key that it has or had */
async function readMembers(options, { client, rpcUrl, deployment }) {
  const store = new FileFollowerStore(path.join(folderOf(options.dataDir, 'chain'), 'members.json'));
  const facts = { contracts: deployment, clock: await readClock(client, deployment) };
  const follower = await ChainFollower.open({ source: new RpcSource(rpcUrl), facts, confirmations: 0, store });
  await follower.catchUp();
  const members = [...follower.state.members.values()];
  return new Map(members.flatMap(({ id, keys }) => keys.map(({ signer }) => [signer, id])));
}

async function registerOrchestrators(chain, ownerKey, orchestrators) {
  const ids = [];
  for (const { key, id } of orchestrators) {
    if (id !== undefined && (await isFunded(chain, id))) {
      ids.push(id);
      continue;
    }
    await approve(chain, ownerKey, fundPerOrchestrator);
    const orchId = id ?? (await register(chain, ownerKey, { kind: 'orchestrator', signer: privateKeyToAddress(key) }));
    await chain.send(ownerKey, fundCall(chain.deployment, { orchId, amount: fundPerOrchestrator }));
    ids.push(orchId);
  }
  return ids;
}

async function isFunded({ client, deployment }, orchId) {
  return (await readFunds(client, deployment, orchId)).total > 0n;
}

async function registerNodes(chain, ownerKey, nodes) {
  const ids = [];
  for (const { key, id } of nodes) {
    if (id === undefined) await approve(chain, ownerKey, stakePerNode);
    const member = { kind: 'node', signer: privateKeyToAddress(key), capacityKbps, stake: stakePerNode };
    ids.push(id ?? (await register(chain, ownerKey, member)));
  }
  return ids;
}

async function register(chain, ownerKey, member) {
  return registeredMember(await chain.send(ownerKey, registerCall(chain.deployment, member))).id;
}

async function approve(chain, ownerKey, amount) {
  await chain.provide(privateKeyToAddress(ownerKey), amount);
  await chain.send(ownerKey, approveCall(chain.deployment, { amount }));
}
