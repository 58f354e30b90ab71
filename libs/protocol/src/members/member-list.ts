import { hashTypedData, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { z } from 'zod';
import { ChroomError } from '../errors/chroom-error.js';
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
  const signature = await privateKeyToAccount(authorityKey).sign({ hash: hashMemberList(list, chainId) });
  return encodeWire(signedMemberListSchema, { version: list.version, members: [...list.members], signature });
}

/**
 * Reads a signed member list and checks it against the network authority.
 * @throws ChroomError INVALID_ARGUMENT (malformed, or an id or signer twice), MEMBER_LIST_UNSIGNED (other signer).
 */
export async function verifyMemberList(json: unknown, chainId: bigint, authority: Hex): Promise<MemberList> {
  const { signature, ...list } = parseWire(signedMemberListSchema, json, 'member list');
  refuseDoubles(list.members);
  const signer = await recoverAddress({ hash: hashMemberList(list, chainId), signature }).catch(() => undefined);
  if (!signer || !sameAddress(signer, authority)) {
    throw new ChroomError(
      'MEMBER_LIST_UNSIGNED',
      `The member list must be signed by the network authority ${authority} for chain ${chainId}; its signature is of ${signer ?? 'nobody'}.`,
    );
  }
  return list;
}

function hashMemberList(list: MemberList, chainId: bigint): Hex {
  return hashTypedData({
    domain: { name: 'Chroom', version: '1', chainId: Number(chainId) },
    primaryType: 'MemberList',
    types: {
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
    },
    message: {
      version: list.version,
      members: list.members.map((member) => ({
        ...member,
        kind: memberKindNumber[member.kind],
        signer: member.signer.toLowerCase() as Hex,
      })),
    },
  });
}

function refuseDoubles(members: readonly Member[]): void {
  const ids = new Set(members.map((member) => member.id));
  const signers = new Set(members.map((member) => member.signer.toLowerCase()));
  if (ids.size !== members.length || signers.size !== members.length) {
    throw new ChroomError('INVALID_ARGUMENT', 'The member list names an id or a signer twice; each may appear once.');
  }
}
