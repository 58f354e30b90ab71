import { ChroomError } from '../errors/chroom-error.js';
import { memberKindNumber } from '../members/member.js';
import { type MemberDirectory, requireActiveMember } from '../members/member-directory.js';
import { recoverSigner, signDigest } from '../signing/member-key.js';
import { hashTypedStruct } from '../signing/typed-data-hash.js';
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

export function hashAnnouncement(announcement: Announcement, chainId: bigint): Hex {
  const value = { ...announcement, kind: memberKindNumber[announcement.kind] };
  return hashTypedStruct(announcementTypes, 'Announcement', value, chainId);
}

export async function signAnnouncement(
  announcement: Announcement,
  chainId: bigint,
  signerKey: Hex,
): Promise<SignedAnnouncement> {
  return { announcement, signature: signDigest(hashAnnouncement(announcement, chainId), signerKey) };
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
  const signer = recoverSigner(hashAnnouncement(announcement, chainId), signature);
  if (signer && sameAddress(signer, member.signer)) return;
  throw new ChroomError(
    'ANNOUNCEMENT_UNSIGNED',
    `Expected a signature of ${member.signer}, the registered key of ${member.kind} ${member.id}, for chain ${chainId}; ` +
      `got one of ${signer ?? 'nobody'}. Sign with that key, or change the registered one.`,
  );
}
