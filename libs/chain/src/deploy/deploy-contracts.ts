import { ChroomError } from '@chroom/protocol';
import { type Abi, type Address, encodeFunctionData, getAddress, type Hex, type PublicClient, parseEther } from 'viem';
import { sendCall, type Wallet } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { asChainError } from '../errors/contract-error.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomCoreBytecode } from '../generated/chroom-core.bytecode.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import { chroomProofsBytecode } from '../generated/chroom-proofs.bytecode.js';
import { chroomTokenAbi } from '../generated/chroom-token.abi.js';
import { chroomTokenBytecode } from '../generated/chroom-token.bytecode.js';
import { windowsSumOf } from '../reads/chain-standard.js';
import type { NetworkParameters } from './network-parameters.js';

const developmentSupply = parseEther('1000000000');

export interface DeployParameters extends NetworkParameters {
  /** The asset; without it a ChroomToken is deployed whose whole supply goes to the sender. */
  readonly asset?: Address;
}

export interface Deployment extends Contracts {
  /** No event of the network is in an earlier block. */
  readonly deploymentBlock: bigint;
}

/**
 * Deploys asset (unless given), core and proofs, and puts proofs in force when the sender is the governor; another
 * governor does that with one call of setProofs.
 */
export async function deployContracts(
  client: PublicClient,
  wallet: Wallet,
  parameters: DeployParameters,
): Promise<Deployment> {
  const deploymentBlock = await client.getBlockNumber();
  const token =
    parameters.asset ??
    (await deployOne(client, wallet, 'ChroomToken', chroomTokenAbi, chroomTokenBytecode, [
      wallet.account.address,
      developmentSupply,
    ]));
  const core = await deployOne(client, wallet, 'ChroomCore', chroomCoreAbi, chroomCoreBytecode, [
    token,
    parameters.governor,
    parameters.guardian,
    { start: parameters.clock.startSec, slotSeconds: parameters.clock.slotSec },
    parameters.unbondingSeconds,
    parameters.fundWithdrawalSeconds,
    windowsSumOf(parameters.standard),
  ]);
  const proofs = await deployOne(client, wallet, 'ChroomProofs', chroomProofsAbi, chroomProofsBytecode, [
    core,
    parameters.governor,
    parameters.standardDelayEpochs,
    parameters.standard,
  ]);
  if (getAddress(parameters.governor) === getAddress(wallet.account.address)) {
    const data = encodeFunctionData({ abi: chroomCoreAbi, functionName: 'setProofs', args: [proofs] });
    await sendCall(client, wallet, { name: 'setProofs', to: core, data });
  }
  return { chainId: wallet.chain.id, token, core, proofs, deploymentBlock };
}

async function deployOne(
  client: PublicClient,
  wallet: Wallet,
  name: string,
  abi: Abi,
  bytecode: Hex,
  args: readonly unknown[],
): Promise<Address> {
  try {
    const hash = await wallet.deployContract({ abi, bytecode, args });
    const { contractAddress, status } = await client.waitForTransactionReceipt({ hash });
    if (status === 'success' && contractAddress) return getAddress(contractAddress);
  } catch (error) {
    throw asChainError(error, `deployment of ${name}`, wallet.account.address);
  }
  throw new ChroomError('CONTRACT_REFUSED', `The constructor of ${name} refuses its parameters.`);
}
