import { type Address, type Hex, type Log, type ParseEventLogsReturnType, parseEventLogs } from 'viem';
import { chroomCoreAbi } from '../generated/chroom-core.abi.js';
import { chroomProofsAbi } from '../generated/chroom-proofs.abi.js';
import type { ChainStandard } from '../reads/chain-standard.js';
import { type ChainMemberKind, chainKindOf } from '../reads/member-kind.js';

const abi = [...chroomCoreAbi, ...chroomProofsAbi] as const;
type Parsed = ParseEventLogsReturnType<typeof abi, undefined, true>[number];

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
export function parseEvents(logs: readonly Log[]): ChainEvent[] {
  return parseEventLogs({ abi, logs: [...logs] })
    .map(translate)
    .sort((a, b) => Number(a.blockNumber - b.blockNumber) || a.logIndex - b.logIndex);
}

function translate(log: Parsed): ChainEvent {
  const { blockNumber, blockHash, logIndex, transactionHash } = log;
  const place = { blockNumber, blockHash, logIndex, transactionHash } as EventPlace;
  if (log.eventName === 'MemberRegistered') {
    return { ...place, name: log.eventName, ...log.args, kind: chainKindOf(log.args.kind) };
  }
  return { ...place, name: log.eventName, ...log.args } as ChainEvent;
}
