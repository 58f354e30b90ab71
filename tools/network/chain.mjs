// The chain of a network: anvil with contracts of its own, deployed once per data folder, or the one that CHROOM_RPC_URL
// names, on which the contracts are there already.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import {
  createWallet,
  deployContracts,
  developmentParameters,
  openChain,
  readBalance,
  readContracts,
  sendCall,
  transferCall,
} from '@chroom/chain';
import { SettingsReader } from '@chroom/protocol';
import { parseEther, toHex } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { startAnvil } from '../embedded/anvil.mjs';
import { SetupError } from '../setup/progress.mjs';
import { folderOf } from './data-folder.mjs';
import { registerMembers } from './members.mjs';
import { portOffsets } from './options.mjs';
import { startPlace } from './places.mjs';

const developmentChainId = 31_337;
/** A new chain begins this long ago, so that members who register at once are in their first epoch already. */
const pastSeconds = 40;
/** The first epoch ends this long after the deployment; registering takes a second. */
const headStartSeconds = 30;
/** Blocks after which what is in one counts everywhere. */
const confirmations = 2;
const developmentEther = parseEther('1000');

/**
 * @typedef {object} NetworkChain
 * @property {string} rpcUrl
 * @property {Awaited<ReturnType<typeof startAnvil>>} [anvil]  when it is our own
 * @property {import('@chroom/chain').Deployment} deployment
 * @property {import('viem').PublicClient} client
 * @property {(key: `0x${string}`, call: import('@chroom/chain').ContractCall) => Promise<import('viem').TransactionReceipt>} send
 * @property {(account: `0x${string}`, amount: bigint) => Promise<void>} provide  sees to it that an account can pay that
 *   many tokens and its gas
 */

/**
 * The chain, and the members of this network on it.
 * @returns {Promise<{chain: NetworkChain, members: Awaited<ReturnType<typeof registerMembers>>}>}
 */
export async function startChain(context) {
  if (context.env.CHROOM_RPC_URL) {
    const chain = await openGivenChain(context);
    return { chain, members: await registerMembers(context, chain) };
  }
  return startOwnChain(context);
}

/** What every process of the network is told about the chain. */
export function chainSettings({ rpcUrl, deployment }) {
  return {
    CHROOM_RPC_URL: rpcUrl,
    CHROOM_CHAIN_ID: String(deployment.chainId),
    CHROOM_CORE_ADDRESS: deployment.core,
    CHROOM_CORE_BLOCK: String(deployment.deploymentBlock),
  };
}

async function openGivenChain({ env }) {
  const read = new SettingsReader(env);
  const rpcUrl = read.url('CHROOM_RPC_URL', { protocols: ['http:', 'https:'] });
  const chainId = read.integer('CHROOM_CHAIN_ID', { min: 1, max: 2 ** 49, fallback: developmentChainId });
  const core = read.address('CHROOM_CORE_ADDRESS');
  const deploymentBlock = read.bigint('CHROOM_CORE_BLOCK', { min: 0n, max: 2n ** 63n, fallback: 0n });
  const client = await openChain({ rpcUrl, chainId });
  const deployment = { ...(await readContracts(client, core)), deploymentBlock };
  return {
    ...callsOf(client, rpcUrl, chainId),
    deployment,
    provide: (account, amount) => requireMoney(client, deployment, account, amount),
  };
}

async function startOwnChain(context) {
  const { options, secrets, places, onStep } = context;
  onStep('chain');
  const dataDir = folderOf(options.dataDir, 'chain');
  const port = options.portBase + portOffsets.chain;
  const firstSeconds = Math.floor(Date.now() / 1000) - pastSeconds;
  const anvil = await startPlace(places, 'chain', () =>
    startAnvil({ dataDir, chainId: developmentChainId, port, firstSeconds }),
  );
  const client = await openChain({ rpcUrl: anvil.url, chainId: developmentChainId });
  const calls = callsOf(client, anvil.url, developmentChainId);
  const giveEther = (account) => anvil.call('anvil_setBalance', [account, toHex(developmentEther)]);
  const file = path.join(dataDir, 'deployment.json');
  const stored = await readDeployment(file, client);
  return minedAtOnce(anvil, async () => {
    await giveEther(privateKeyToAddress(secrets.governorKey));
    const deployment = stored ?? (await deploy(client, calls.walletOf(secrets.governorKey), firstSeconds));
    const provide = async (account, amount) => {
      await giveEther(account);
      await calls.send(secrets.governorKey, transferCall(deployment, { to: account, amount }));
    };
    const chain = { ...calls, anvil, deployment, provide };
    const members = await registerMembers(context, chain);
    if (!anvil.resumed) await anvil.anchorClock();
    for (let count = 0; count < confirmations; count++) await anvil.call('evm_mine');
    if (!stored) await writeDeployment(file, deployment, anvil);
    return { chain, members };
  });
}

/** Without waiting a second for each transaction. */
async function minedAtOnce(anvil, work) {
  await anvil.call('evm_setAutomine', [true]);
  try {
    return await work();
  } finally {
    await anvil.call('evm_setIntervalMining', [anvil.blockSeconds]);
  }
}

function callsOf(client, rpcUrl, chainId) {
  const walletOf = (privateKey) => createWallet({ rpcUrl, chainId, privateKey });
  return { client, rpcUrl, walletOf, send: (key, call) => sendCall(client, walletOf(key), call) };
}

function deploy(client, wallet, firstSeconds) {
  const { address } = wallet.account;
  const roles = { governor: address, guardian: address };
  return deployContracts(client, wallet, developmentParameters(roles, firstSeconds, headStartSeconds));
}

async function readDeployment(file, client) {
  if (!existsSync(file)) return undefined;
  const { deploymentBlock, ...stored } = JSON.parse(readFileSync(file, 'utf8'));
  await readContracts(client, stored.core).catch((error) => {
    throw new SetupError(
      `${error.code}: ${error.message}\nThe chain has lost its state. Delete ${path.dirname(file)}, and the network deploys its contracts anew.`,
    );
  });
  return { ...stored, deploymentBlock: BigInt(deploymentBlock) };
}

/** Last of all: what the file names is on the chain, also after a kill. */
async function writeDeployment(file, deployment, anvil) {
  await anvil.stateKept();
  const content = { ...deployment, deploymentBlock: String(deployment.deploymentBlock) };
  writeFileSync(`${file}.next`, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.next`, file);
}

/** On a chain that is not ours nobody gives accounts money but their owner. */
async function requireMoney(client, contracts, account, amount) {
  const [ether, tokens] = await Promise.all([
    client.getBalance({ address: account }),
    readBalance(client, contracts, account),
  ]);
  if (ether > 0n && tokens >= amount) return;
  throw new SetupError(
    `ACCOUNT_EMPTY: account ${account} has ${ether} wei and ${tokens} units of token ${contracts.token}; ` +
      `it needs ${amount} of these, and wei for gas. Send them, and start again.`,
  );
}
