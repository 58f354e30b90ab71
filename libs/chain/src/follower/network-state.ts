import type { Address } from 'viem';
import type { ChainStandard } from '../reads/chain-standard.js';
import type { ChainMemberKind } from '../reads/member-kind.js';
import type { ChainEvent } from './chain-events.js';

export interface KeyFrom {
  readonly signer: Address;
  readonly fromEpoch: number;
}

/** A member as the events tell it. */
export interface FollowedMember {
  readonly id: bigint;
  readonly kind: ChainMemberKind;
  readonly owner: Address;
  readonly activeFrom: number;
  /** First epoch in which it does not work any more; 0 while it stays. */
  readonly exitEpoch: number;
  readonly capacityKbps: number;
  /** By first epoch, growing; an epoch has at most one first key. */
  readonly keys: readonly KeyFrom[];
}

export interface FollowedStandard {
  readonly version: number;
  readonly fromEpoch: number;
  readonly standard: ChainStandard;
}

/** Members, keys and standards up to a block. */
export interface NetworkState {
  readonly members: ReadonlyMap<bigint, FollowedMember>;
  /** By version, from 0 on. */
  readonly standards: readonly FollowedStandard[];
}

export const emptyState: NetworkState = { members: new Map(), standards: [] };

/** The state after one more event; what concerns neither members nor standards leaves it as it is. */
export function applyEvent(state: NetworkState, event: ChainEvent): NetworkState {
  switch (event.name) {
    case 'MemberRegistered': {
      const { id, kind, owner, activeFrom, capacityKbps, signer } = event;
      return withMember(state, {
        id,
        kind,
        owner,
        activeFrom,
        exitEpoch: 0,
        capacityKbps,
        keys: [{ signer, fromEpoch: activeFrom }],
      });
    }
    case 'SignerChanged':
      return changeMember(state, event.id, (member) => ({
        ...member,
        keys: [
          ...member.keys.filter((key) => key.fromEpoch < event.fromEpoch),
          { signer: event.signer, fromEpoch: event.fromEpoch },
        ],
      }));
    case 'ExitRequested':
      return changeMember(state, event.id, (member) => ({ ...member, exitEpoch: event.exitEpoch }));
    case 'ExitCancelled':
      return changeMember(state, event.id, (member) => ({ ...member, exitEpoch: 0 }));
    case 'StandardScheduled': {
      const { version, fromEpoch, standard } = event;
      return { ...state, standards: [...state.standards.slice(0, version), { version, fromEpoch, standard }] };
    }
    default:
      return state;
  }
}

/** The key of an epoch; undefined before the first one. */
export function signerAt(member: FollowedMember, epoch: number): Address | undefined {
  return member.keys.findLast((key) => key.fromEpoch <= epoch)?.signer;
}

export function isActiveAt(member: FollowedMember, epoch: number): boolean {
  return member.activeFrom <= epoch && (member.exitEpoch === 0 || epoch < member.exitEpoch);
}

/** The version in force at the start of an epoch; undefined while nothing has been read. */
export function standardAt(state: NetworkState, epoch: number): FollowedStandard | undefined {
  return state.standards.findLast((standard) => standard.fromEpoch <= epoch);
}

function changeMember(
  state: NetworkState,
  id: bigint,
  change: (member: FollowedMember) => FollowedMember,
): NetworkState {
  const member = state.members.get(id);
  return member ? withMember(state, change(member)) : state;
}

function withMember(state: NetworkState, member: FollowedMember): NetworkState {
  return { ...state, members: new Map(state.members).set(member.id, member) };
}
