import type { Address, Hex, ParseEventLogsReturnType } from 'viem';
import type { RawLog } from '../client/rpc-source.js';
import type { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import type { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import type { ChainStandard } from '../reads/chain-standard.js';
import { type ChainMemberKind, chainKindOf } from '../reads/member-kind.js';
import { decodeLog } from './decode-log.js';

type Abi = [...typeof chroomCoreAbi, ...typeof chroomProofsAbi];
type Parsed = ParseEventLogsReturnType<Abi, undefined, true>[number];

/** Where an event stands: unique, and growing in the order of the chain. */
export interface EventPlace {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly logIndex: number;
  readonly transactionHash: Hex;
}

type Registered = {
  readonly name: 'MemberRegistered';
  readonly id: bigint;
  readonly kind: ChainMemberKind;
  readonly owner: Address;
  readonly signer: Address;
  readonly activeFrom: number;
  readonly capacityKbps: number;
};
type StandardScheduled = {
  readonly name: 'StandardScheduled';
  readonly version: number;
  readonly fromEpoch: number;
  readonly standard: ChainStandard;
};
/** Events that need no translation carry the contract's own field names. */
type Plain = Exclude<Parsed, { eventName: 'MemberRegistered' | 'StandardScheduled' }>;
type PlainEvent = {
  [Name in Plain['eventName']]: { readonly name: Name } & Extract<Plain, { eventName: Name }>['args'];
};

/** An event of ChroomCore or ChroomProofs. */
export type ChainEvent = EventPlace & (Registered | StandardScheduled | PlainEvent[Plain['eventName']]);

/** Logs of our contracts as events in the order of the chain; logs of other shapes are none of ours. */
export function parseEvents(logs: readonly RawLog[]): ChainEvent[] {
  return logs
    .flatMap((log) => translate(log) ?? [])
    .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

function translate(log: RawLog): ChainEvent | undefined {
  const decoded = decodeLog(log);
  if (!decoded) return undefined;
  const { blockNumber, blockHash, logIndex, transactionHash } = log;
  const event = { blockNumber, blockHash, logIndex, transactionHash, name: decoded.eventName, ...decoded.args };
  // The decoder follows the same ABI that the types are derived from.
  if (event.name !== 'MemberRegistered') return event as unknown as ChainEvent;
  return { ...event, kind: chainKindOf(Number(decoded.args.kind)) } as unknown as ChainEvent;
}
