import { z } from 'zod';
import { ChroomError } from '../errors/chroom-error.js';
import { recoverSigner, signDigest } from '../signing/member-key.js';
import { hashTypedStruct } from '../signing/typed-data-hash.js';
import { encodeWire, parseWire } from '../wire/parse-wire.js';
import { type Hex, sameAddress, signature65, u64 } from '../wire/wire-values.js';
import { type Member, memberKindNumber, memberSchema } from './member.js';

/** More members need the chain's directory. */
export const MEMBER_LIST_MAX = 10_000;

export const signedMemberListSchema = z.strictObject({
  /** Grows with every change; a lower one never replaces a higher one. */
  version: u64,
  members: z.array(memberSchema).max(MEMBER_LIST_MAX),
  /** Of the network authority over the EIP-712 hash of the list. */
  signature: signature65,
});

export interface MemberList {
  readonly version: bigint;
  readonly members: readonly Member[];
}

export type SignedMemberListJson = z.input<typeof signedMemberListSchema>;

/** Signs a member list as the network authority; gives the JSON that goes into the member file. */
export async function signMemberList(
  list: MemberList,
  chainId: bigint,
  authorityKey: Hex,
): Promise<SignedMemberListJson> {
  const signature = signDigest(hashMemberList(list, chainId), authorityKey);
  return encodeWire(signedMemberListSchema, { version: list.version, members: [...list.members], signature });
}

/**
 * Reads a signed member list and checks it against the network authority.
 * @throws ChroomError INVALID_ARGUMENT (malformed, or an id or signer twice), MEMBER_LIST_UNSIGNED (other signer).
 */
export async function verifyMemberList(json: unknown, chainId: bigint, authority: Hex): Promise<MemberList> {
  const { signature, ...list } = parseWire(signedMemberListSchema, json, 'member list');
  refuseDoubles(list.members);
  const signer = recoverSigner(hashMemberList(list, chainId), signature);
  if (!signer || !sameAddress(signer, authority)) {
    throw new ChroomError(
      'MEMBER_LIST_UNSIGNED',
      `The member list must be signed by the network authority ${authority} for chain ${chainId}; its signature is of ${signer ?? 'nobody'}.`,
    );
  }
  return list;
}

const memberListTypes = {
  MemberList: [
    { name: 'version', type: 'uint64' },
    { name: 'members', type: 'Member[]' },
  ],
  Member: [
    { name: 'id', type: 'uint64' },
    { name: 'kind', type: 'uint8' },
    { name: 'signer', type: 'address' },
    { name: 'active', type: 'bool' },
  ],
} as const;

function hashMemberList(list: MemberList, chainId: bigint): Hex {
  const members = list.members.map((member) => ({ ...member, kind: memberKindNumber[member.kind] }));
  return hashTypedStruct(memberListTypes, 'MemberList', { version: list.version, members }, chainId);
}

function refuseDoubles(members: readonly Member[]): void {
  const ids = new Set(members.map((member) => member.id));
  const signers = new Set(members.map((member) => member.signer.toLowerCase()));
  if (ids.size !== members.length || signers.size !== members.length) {
    throw new ChroomError('INVALID_ARGUMENT', 'The member list names an id or a signer twice; each may appear once.');
  }
}
