import type { Address, Hex } from 'viem';
import { coreSelectors } from '../client/network-facts.js';
import { nonsense, type RpcSource } from '../client/rpc-source.js';
import { fundsOf, type OrchestratorFunds } from './orchestrator-funds.js';

const u96Max = 2n ** 96n - 1n;

/**
 * The same as `readFunds`, for processes without the general client. The withdrawal is asked for first: one that is paid
 * in between is counted twice rather than not at all.
 * @throws ChroomError CHAIN_UNAVAILABLE, or CHAIN_WRONG when there is no ChroomCore at that address
 */
export async function askFunds(source: RpcSource, core: Address, orchId: bigint): Promise<OrchestratorFunds> {
  const ask = async (selector: Hex) => {
    const data: Hex = `${selector}${orchId.toString(16).padStart(64, '0')}`;
    return (await source.read(core, data, 2)).map((word) => BigInt(`0x${word}`));
  };
  const [leaving = 0n] = await ask(coreSelectors.fundWithdrawal);
  const [total = 0n, reserved = 0n] = await ask(coreSelectors.funds);
  if (total > u96Max || leaving > u96Max || reserved > total) throw nonsense('eth_call');
  return fundsOf({ total, reserved, leaving });
}
