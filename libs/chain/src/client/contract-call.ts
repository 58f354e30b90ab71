import { ChroomError } from '@chroom/protocol';
import {
  type Account,
  type Address,
  type Chain,
  createWalletClient,
  defineChain,
  type Hex,
  type HttpTransport,
  http,
  type PublicClient,
  type TransactionReceipt,
  type WalletClient,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { asChainError } from '../errors/contract-error.js';

/** What a transaction to a contract says, before anybody signs it: for wallets, outboxes and simulations alike. */
export interface ContractCall {
  /** Name for messages and logs. */
  readonly name: string;
  readonly to: Address;
  readonly data: Hex;
}

export type Wallet = WalletClient<HttpTransport, Chain, Account>;

function chainOf(chainId: number, rpcUrl: string): Chain {
  return defineChain({
    id: chainId,
    name: `chain ${chainId}`,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [rpcUrl] } },
  });
}

/** Signs with one key. Settlement does not use it: its outbox keeps nonces in its database. */
export function createWallet(options: {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly privateKey: Hex;
}): Wallet {
  return createWalletClient({
    account: privateKeyToAccount(options.privateKey),
    chain: chainOf(options.chainId, options.rpcUrl),
    transport: http(options.rpcUrl),
  });
}

/** Asks what the call would do now; nothing is sent. @throws ChroomError of the refusal (see errors/refusals.ts) */
export async function simulateCall(client: PublicClient, from: Address, call: ContractCall): Promise<Hex> {
  try {
    const { data } = await client.call({ account: from, to: call.to, data: call.data });
    return data ?? '0x';
  } catch (error) {
    throw asChainError(error, call.name);
  }
}

/**
 * Sends the call and waits until it is in a block.
 * @throws ChroomError of the refusal, when the contract refuses it before or in the block
 */
export async function sendCall(client: PublicClient, wallet: Wallet, call: ContractCall): Promise<TransactionReceipt> {
  await simulateCall(client, wallet.account.address, call);
  try {
    const hash = await wallet.sendTransaction({ to: call.to, data: call.data });
    const receipt = await client.waitForTransactionReceipt({ hash });
    if (receipt.status === 'success') return receipt;
  } catch (error) {
    throw asChainError(error, call.name, wallet.account.address);
  }
  await simulateCall(client, wallet.account.address, call);
  throw new ChroomError('CONTRACT_REFUSED', `${call.name} was refused in its block, and would be accepted now.`);
}
