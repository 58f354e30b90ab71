import type { SettingsReader } from '@chroom/protocol';
import type { Address } from 'viem';
import type { ChainSettings } from './open-chain.js';

/** Where a process reads members, keys and standards. The tables of the apps' settings show these variables as well. */
export interface NetworkSettings extends ChainSettings {
  /** CHROOM_CORE_ADDRESS: ChroomCore; all else is read from it. */
  readonly core: Address;
  /** CHROOM_CORE_BLOCK: block of its deployment; no event is read before it. */
  readonly deploymentBlock: bigint;
  /** CHROOM_CHAIN_CONFIRMATIONS: blocks above an event until it counts. */
  readonly confirmations: number;
}

const longestReorganization = 1000;

/** @throws ChroomError SETTING_INVALID that names the variable */
export function readNetworkSettings(read: SettingsReader): NetworkSettings {
  return {
    rpcUrl: read.url('CHROOM_RPC_URL', { protocols: ['http:', 'https:'] }),
    chainId: read.integer('CHROOM_CHAIN_ID', { min: 1, max: 999_999_999_999_999, fallback: 31_337 }),
    core: read.address('CHROOM_CORE_ADDRESS'),
    deploymentBlock: read.bigint('CHROOM_CORE_BLOCK', { min: 0n, max: 2n ** 63n - 1n, fallback: 0n }),
    confirmations: read.integer('CHROOM_CHAIN_CONFIRMATIONS', { min: 0, max: longestReorganization, fallback: 2 }),
  };
}
