import { ChroomError } from '@chroom/protocol';

/** In the order of the contract's enumeration, from 1 on. */
export const CHAIN_MEMBER_KINDS = ['node', 'orchestrator', 'registry', 'validator'] as const;
export type ChainMemberKind = (typeof CHAIN_MEMBER_KINDS)[number];

export const chainKindNumber: Readonly<Record<ChainMemberKind, number>> = {
  node: 1,
  orchestrator: 2,
  registry: 3,
  validator: 4,
};

/** @throws ChroomError CHAIN_WRONG for a number that no contract of ours knows */
export function chainKindOf(number: number): ChainMemberKind {
  const kind = CHAIN_MEMBER_KINDS[number - 1];
  if (kind) return kind;
  throw new ChroomError('CHAIN_WRONG', `Expected a member kind of 1 to 4, the chain says ${number}.`);
}
