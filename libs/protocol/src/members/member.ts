import { z } from 'zod';
import { accountAddress, type Hex, u64 } from '../wire/wire-values.js';

export const MEMBER_KINDS = ['node', 'orchestrator', 'registry'] as const;
export type MemberKind = (typeof MEMBER_KINDS)[number];

/** Numbers of the kinds in signed data; those of the chain's member kinds. */
export const memberKindNumber: Readonly<Record<MemberKind, number>> = { node: 1, orchestrator: 2, registry: 3 };

/** Identity of a member, the same number on the chain; counts up from 1 over all kinds. */
export const memberIdSchema = u64.brand<'MemberId'>();
export type MemberId = z.output<typeof memberIdSchema>;

export function memberId(value: bigint | number | string): MemberId {
  return BigInt(value) as MemberId;
}

export const memberSchema = z.strictObject({
  id: memberIdSchema,
  kind: z.enum(MEMBER_KINDS),
  /** Account whose secp256k1 key signs for this member. */
  signer: accountAddress,
  /** False: known, and refused (left, or suspended). */
  active: z.boolean(),
});

export interface Member {
  readonly id: MemberId;
  readonly kind: MemberKind;
  readonly signer: Hex;
  readonly active: boolean;
}
