import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Address, Hex, PublicClient } from 'viem';
import { createWallet, type Wallet } from '../client/contract-call.js';
import { openChain } from '../client/open-chain.js';

interface EmbeddedAnvil {
  readonly url: string;
  readonly chainId: number;
  call(method: string, params?: readonly unknown[]): Promise<unknown>;
  stateKept(): Promise<void>;
  signal(name: NodeJS.Signals): boolean;
  readonly end: Promise<unknown>;
  stop(): Promise<void>;
}

interface AnvilOptions {
  readonly dataDir: string;
  readonly blockSeconds?: number;
  readonly durable?: boolean;
  readonly wallClock?: boolean;
  readonly port?: number;
}

/** Accounts of anvil's public development phrase: known to everybody, rich on development chains only. */
export const developmentKeys: readonly Hex[] = [
  '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80',
  '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d',
  '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a',
  '0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6',
];

/** The plain module that `npm start` uses as well; it has no types and lives outside the TypeScript project. */
const anvilModule = new URL('../../../../tools/embedded/anvil.mjs', import.meta.url).href;

type AnvilModule = { startAnvil(options: AnvilOptions): Promise<EmbeddedAnvil> };
let loadedAnvil: Promise<AnvilModule> | undefined;

export async function launchAnvil(options: AnvilOptions): Promise<EmbeddedAnvil> {
  // Once: Jest refuses imports in the moment between two tests, which others that run concurrently may fall into.
  loadedAnvil ??= import(anvilModule) as Promise<AnvilModule>;
  return (await loadedAnvil).startAnvil(options);
}

export interface TestChain {
  /** Another one after `crash`, under the same URL. */
  readonly anvil: EmbeddedAnvil;
  readonly client: PublicClient;
  wallet(index: number): Wallet;
  account(index: number): Address;
  /** Mines one block whose time is `seconds`. */
  mineAt(seconds: number): Promise<void>;
  mine(blocks?: number): Promise<void>;
  /** Seconds of the newest block. */
  now(): Promise<number>;
  /** Resolves when a kill takes back no block made so far. Durable chains only. */
  saved(): Promise<void>;
  /** SIGKILL, and a new start from the state file: blocks that are younger than it are gone. Durable chains only. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** A chain of the spec's own: a block for every transaction, and a clock that the spec moves. */
export async function createTestChain({ durable = false } = {}): Promise<TestChain> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'chroom-chain-'));
  const launch = (port: number) => launchAnvil({ dataDir, port, blockSeconds: 0, durable, wallClock: false });
  let anvil = await launch(0);
  const client = await openChain({ rpcUrl: anvil.url, chainId: anvil.chainId });
  const wallets = developmentKeys.map((privateKey) =>
    createWallet({ rpcUrl: anvil.url, chainId: anvil.chainId, privateKey }),
  );
  const wallet = (index: number): Wallet => {
    const found = wallets[index];
    if (!found) throw new RangeError(`there are ${wallets.length} accounts, asked for ${index}`);
    return found;
  };
  return {
    get anvil() {
      return anvil;
    },
    client,
    wallet,
    account: (index) => wallet(index).account.address,
    async mineAt(seconds) {
      await anvil.call('evm_setNextBlockTimestamp', [seconds]);
      await anvil.call('evm_mine');
    },
    mine: async (blocks = 1) => void (await anvil.call('anvil_mine', [`0x${blocks.toString(16)}`])),
    now: async () => Number((await client.getBlock()).timestamp),
    saved: () => anvil.stateKept(),
    async crash() {
      anvil.signal('SIGKILL');
      await anvil.end;
      anvil = await launch(Number(new URL(anvil.url).port));
    },
    async stop() {
      await anvil.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
