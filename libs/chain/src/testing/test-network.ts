import { epochStartSec } from '@chroom/protocol/proofs';
import { type Address, type Hex, keccak256, parseEther, stringToHex, type TransactionReceipt } from 'viem';
import { privateKeyToAddress } from 'viem/accounts';
import { addStakeCall } from '../calls/add-stake.js';
import { approveCall } from '../calls/approve.js';
import { fundCall } from '../calls/fund.js';
import { registerCall, registeredMember } from '../calls/register.js';
import { transferCall } from '../calls/transfer.js';
import { type ContractCall, sendCall } from '../client/contract-call.js';
import { type Deployment, deployContracts } from '../deploy/deploy-contracts.js';
import { type NetworkParameters, productionParameters } from '../deploy/network-parameters.js';
import { createTestChain, type TestChain } from './anvil-chain.js';

/** Accounts of the test chain: who owns what. */
export const roles = { governor: 0, nodeOwner: 1, orchOwner: 2, stranger: 3 } as const;

export interface TestNetwork {
  readonly chain: TestChain;
  readonly contracts: Deployment;
  readonly parameters: NetworkParameters;
  readonly nodeId: bigint;
  readonly orchId: bigint;
  readonly nodeKey: Hex;
  readonly orchKey: Hex;
  /** Sends as the account of that index and expects success. */
  send(as: number, call: ContractCall): Promise<TransactionReceipt>;
  /** Moves the clock to the first second of an epoch. */
  toEpoch(epoch: number): Promise<void>;
  stop(): Promise<void>;
}

export const testKey = (name: string): Hex => keccak256(stringToHex(`chroom test key ${name}`));

/** The production parameters with one staked node and one funded orchestrator, at the start of epoch 1. */
export async function createTestNetwork(options: { durable?: boolean } = {}): Promise<TestNetwork> {
  const chain = await createTestChain(options);
  const parameters = productionParameters(
    { governor: chain.account(roles.governor), guardian: chain.account(roles.governor) },
    (await chain.now()) + 60,
  );
  const contracts = await deployContracts(chain.client, chain.wallet(roles.governor), parameters);
  const send = (as: number, call: ContractCall) => sendCall(chain.client, chain.wallet(as), call);
  for (const index of [roles.nodeOwner, roles.orchOwner]) {
    const to: Address = chain.account(index);
    await send(roles.governor, transferCall(contracts, { to, amount: parseEther('1000000') }));
    await send(index, approveCall(contracts, { amount: parseEther('1000000') }));
  }
  const nodeKey = testKey('node');
  const orchKey = testKey('orchestrator');
  const node = await send(
    roles.nodeOwner,
    registerCall(contracts, { kind: 'node', signer: privateKeyToAddress(nodeKey), capacityKbps: 1_000_000 }),
  );
  const nodeId = registeredMember(node).id;
  await send(roles.nodeOwner, addStakeCall(contracts, { id: nodeId, amount: parseEther('10000') }));
  const orchestrator = await send(
    roles.orchOwner,
    registerCall(contracts, { kind: 'orchestrator', signer: privateKeyToAddress(orchKey) }),
  );
  const orchId = registeredMember(orchestrator).id;
  await send(roles.orchOwner, fundCall(contracts, { orchId, amount: parseEther('5000') }));
  const toEpoch = (epoch: number) => chain.mineAt(epochStartSec(parameters.clock, epoch));
  await toEpoch(1);
  return { chain, contracts, parameters, nodeId, orchId, nodeKey, orchKey, send, toEpoch, stop: () => chain.stop() };
}
