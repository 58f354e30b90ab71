import { hashTypedData, recoverAddress } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { ChroomError } from '../errors/chroom-error.js';
import { memberKindNumber } from '../members/member.js';
import { type MemberDirectory, requireActiveMember } from '../members/member-directory.js';
import { type Hex, sameAddress } from '../wire/wire-values.js';
import type { Announcement, SignedAnnouncement } from './announcement.js';

/** EIP-712 struct types; the golden vector in `vectors/announcement.json` fixes their hash. */
export const announcementTypes = {
  Announcement: [
    { name: 'kind', type: 'uint8' },
    { name: 'id', type: 'uint64' },
    { name: 'controlUrl', type: 'string' },
    { name: 'endpoints', type: 'Endpoint[]' },
    { name: 'region', type: 'string' },
    { name: 'capacity', type: 'Capacity' },
    { name: 'softwareVersion', type: 'string' },
    { name: 'tlsSpkiSha256', type: 'bytes32' },
    { name: 'sequence', type: 'uint64' },
    { name: 'issuedAtMs', type: 'uint64' },
  ],
  Endpoint: [
    { name: 'address', type: 'string' },
    { name: 'port', type: 'uint16' },
  ],
  Capacity: [
    { name: 'egressBps', type: 'uint64' },
    { name: 'packetsPerSecond', type: 'uint64' },
    { name: 'sessions', type: 'uint32' },
    { name: 'workers', type: 'uint32' },
  ],
} as const;

/** Upper half of the curve order: signatures with a larger s have a twin and are refused. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

export function hashAnnouncement(announcement: Announcement, chainId: bigint): Hex {
  return hashTypedData({
    domain: { name: 'Chroom', version: '1', chainId: Number(chainId) },
    primaryType: 'Announcement',
    types: announcementTypes,
    message: {
      ...announcement,
      kind: memberKindNumber[announcement.kind],
      issuedAtMs: BigInt(announcement.issuedAtMs),
    },
  });
}

export async function signAnnouncement(
  announcement: Announcement,
  chainId: bigint,
  signerKey: Hex,
): Promise<SignedAnnouncement> {
  const signature = await privateKeyToAccount(signerKey).sign({ hash: hashAnnouncement(announcement, chainId) });
  return { announcement, signature };
}

/**
 * Checks that an active member of the announced kind signed with its registered key. Age and sequence are for the
 * receiver to check.
 * @throws ChroomError MEMBER_UNKNOWN, ANNOUNCEMENT_UNSIGNED.
 */
export async function verifyAnnouncement(
  signed: SignedAnnouncement,
  chainId: bigint,
  directory: MemberDirectory,
): Promise<void> {
  const { announcement, signature } = signed;
  const member = requireActiveMember(directory, announcement.kind, announcement.id);
  const signer = await recoverSigner(hashAnnouncement(announcement, chainId), signature);
  if (signer && sameAddress(signer, member.signer)) return;
  throw new ChroomError(
    'ANNOUNCEMENT_UNSIGNED',
    `Expected a signature of ${member.signer}, the registered key of ${member.kind} ${member.id}, for chain ${chainId}; ` +
      `got one of ${signer ?? 'nobody'}. Sign with that key, or change the registered one.`,
  );
}

async function recoverSigner(hash: Hex, signature: Hex): Promise<Hex | undefined> {
  if (BigInt(`0x${signature.slice(66, 130)}`) > HALF_ORDER) return undefined;
  return recoverAddress({ hash, signature }).catch(() => undefined);
}
