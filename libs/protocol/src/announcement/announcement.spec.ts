import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Member, memberId } from '../members/member.js';
import { FixedMemberDirectory } from '../members/member-directory.js';
import { signerAddressOf } from '../signing/member-key.js';
import { encodeWire, parseWire } from '../wire/parse-wire.js';
import type { Hex } from '../wire/wire-values.js';
import { ANNOUNCEMENT_MAX_BYTES, type Announcement, signedAnnouncementSchema } from './announcement.js';
import { hashAnnouncement, signAnnouncement, verifyAnnouncement } from './announcement-signature.js';

const key: Hex = `0x${'11'.repeat(32)}`;
const otherKey: Hex = `0x${'22'.repeat(32)}`;
const member: Member = { id: memberId(1), kind: 'node', signer: signerAddressOf(key), active: true };
const directory = new FixedMemberDirectory([member]);
const chainId = 31_337n;
const announcement: Announcement = {
  kind: 'node',
  id: memberId(1),
  controlUrl: 'https://127.0.0.1:7100',
  endpoints: [{ address: '127.0.0.1', port: 50_000 }],
  region: 'eu-central',
  capacity: { egressBps: 1_000_000_000n, packetsPerSecond: 400_000n, sessions: 1000, workers: 1 },
  softwareVersion: '0.1.0',
  tlsSpkiSha256: `0x${'ab'.repeat(32)}`,
  sequence: 1_700_000_000_000n,
  issuedAtMs: 1_700_000_000_000,
};
const vector = JSON.parse(readFileSync(new URL('../../vectors/announcement.json', import.meta.url), 'utf8'));

describe('announcement', () => {
  it('has the hash and signature of the golden vector', async () => {
    const parsed = parseWire(signedAnnouncementSchema, vector.signed, 'vector');
    expect(hashAnnouncement(parsed.announcement, BigInt(vector.chainId))).toBe(vector.hash);
    expect(await signAnnouncement(announcement, chainId, key)).toEqual(parsed);
  });

  it('passes when the registered key of an active member signed it', async () => {
    await verifyAnnouncement(await signAnnouncement(announcement, chainId, key), chainId, directory);
  });

  it.each<[string, Partial<Announcement>]>([
    ['another address', { controlUrl: 'https://127.0.0.1:7101' }],
    ['another TLS key', { tlsSpkiSha256: `0x${'ac'.repeat(32)}` }],
    ['another endpoint', { endpoints: [{ address: '127.0.0.1', port: 50_001 }] }],
    ['more capacity', { capacity: { ...announcement.capacity, sessions: 1001 } }],
    ['a higher sequence', { sequence: announcement.sequence + 1n }],
    ['a later time', { issuedAtMs: announcement.issuedAtMs + 1 }],
  ])('fails after a change to %s', async (_, change) => {
    const signed = await signAnnouncement(announcement, chainId, key);
    const changed = { ...signed, announcement: { ...announcement, ...change } };
    await expect(verifyAnnouncement(changed, chainId, directory)).rejects.toMatchObject({
      code: 'ANNOUNCEMENT_UNSIGNED',
    });
  });

  it('fails with another key, for another chain, and with the twin of a signature', async () => {
    const unsigned = expect.objectContaining({ code: 'ANNOUNCEMENT_UNSIGNED' });
    const foreign = await signAnnouncement(announcement, chainId, otherKey);
    const elsewhere = await signAnnouncement(announcement, 1n, key);
    const twin = twinOf((await signAnnouncement(announcement, chainId, key)).signature);
    await expect(verifyAnnouncement(foreign, chainId, directory)).rejects.toEqual(unsigned);
    await expect(verifyAnnouncement(elsewhere, chainId, directory)).rejects.toEqual(unsigned);
    await expect(verifyAnnouncement({ announcement, signature: twin }, chainId, directory)).rejects.toEqual(unsigned);
  });

  it('fails for a member that is unknown, not active, or of another kind', async () => {
    const signed = await signAnnouncement(announcement, chainId, key);
    for (const members of [[], [{ ...member, active: false }], [{ ...member, kind: 'registry' as const }]]) {
      await expect(verifyAnnouncement(signed, chainId, new FixedMemberDirectory(members))).rejects.toMatchObject({
        code: 'MEMBER_UNKNOWN',
      });
    }
  });

  it.each<[string, object]>([
    ['an identity above 64 bits', { id: '18446744073709551616' }],
    ['a number as identity', { id: 1 }],
    ['a URL that is no URL', { controlUrl: 'https://' }],
    ['a control URL of another protocol', { controlUrl: 'file:///etc/passwd' }],
    ['a host name as endpoint', { endpoints: [{ address: 'localhost', port: 1 }] }],
    ['port 0', { endpoints: [{ address: '127.0.0.1', port: 0 }] }],
    ['too many endpoints', { endpoints: Array(65).fill({ address: '127.0.0.1', port: 1 }) }],
    ['a region with blanks', { region: 'eu central' }],
    ['a key hash that is too short', { tlsSpkiSha256: '0xab' }],
    ['a version with control characters', { softwareVersion: 'a\nb' }],
    ['an unknown field', { admin: true }],
  ])('refuses %s', (_, change) => {
    const json = { ...vector.signed, announcement: { ...vector.signed.announcement, ...change } };
    expect(() => parseWire(signedAnnouncementSchema, json, 'announcement')).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('stays below its size bound at its largest', () => {
    const address = '1111:1111:1111:1111:1111:1111:1111:1111';
    const largest: Announcement = {
      ...announcement,
      controlUrl: `https://${'h'.repeat(248)}`,
      endpoints: Array(64).fill({ address, port: 65_535 }),
      region: 'r'.repeat(64),
      softwareVersion: '"'.repeat(64),
    };
    const json = encodeWire(signedAnnouncementSchema, { announcement: largest, signature: `0x${'f'.repeat(130)}` });
    expect(JSON.stringify(json).length).toBeLessThan(ANNOUNCEMENT_MAX_BYTES);
  });
});

/** The other signature that fits: s replaced by the curve order minus s, parity flipped. */
function twinOf(signature: Hex): Hex {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  const s = order - BigInt(`0x${signature.slice(66, 130)}`);
  return `0x${signature.slice(2, 66)}${s.toString(16).padStart(64, '0')}${signature.endsWith('1b') ? '1c' : '1b'}`;
}
