import { ChroomError, type MemberId, memberId } from '@chroom/protocol';
import { type Address, encodeFunctionData, type Hex, parseEventLogs, type TransactionReceipt, zeroHash } from 'viem';
import type { ContractCall } from '../client/contract-call.js';
import type { Contracts } from '../client/contracts.js';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { type ChainMemberKind, chainKindNumber } from '../reads/member-kind.js';

export interface RegisterParameters {
  readonly kind: ChainMemberKind;
  /** Account whose key signs for the member. */
  readonly signer: Address;
  /** Nodes: above 0; other kinds: 0 or nothing. */
  readonly capacityKbps?: number;
  /** Taken from the sender, who approved it before. */
  readonly stake?: bigint;
  readonly endpointHash?: Hex;
}

/** Makes the sender the owner of a new member, active from the next epoch on. */
export function registerCall(contracts: Contracts, parameters: RegisterParameters): ContractCall {
  const { kind, signer, capacityKbps = 0, stake = 0n, endpointHash = zeroHash } = parameters;
  const data = encodeFunctionData({
    abi: chroomCoreAbi,
    functionName: 'register',
    args: [chainKindNumber[kind], signer, capacityKbps, stake, endpointHash],
  });
  return { name: 'register', to: contracts.core, data };
}

/** The member that a receipt of `register` made. @throws ChroomError INVALID_ARGUMENT when it made none */
export function registeredMember(receipt: TransactionReceipt): { readonly id: MemberId; readonly activeFrom: number } {
  const [made] = parseEventLogs({ abi: chroomCoreAbi, eventName: 'MemberRegistered', logs: receipt.logs });
  if (!made) {
    throw new ChroomError('INVALID_ARGUMENT', `Transaction ${receipt.transactionHash} has registered no member.`);
  }
  return { id: memberId(made.args.id), activeFrom: made.args.activeFrom };
}
