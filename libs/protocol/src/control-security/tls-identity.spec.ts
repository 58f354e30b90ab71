import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { loadOrCreateTlsIdentity, spkiSha256Of } from './tls-identity.js';

describe('loadOrCreateTlsIdentity', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chroom-identity-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('keeps one P-256 key over restarts', async () => {
    const made = await loadOrCreateTlsIdentity(join(folder, 'new'));
    const again = await loadOrCreateTlsIdentity(join(folder, 'new'));
    const certificate = new X509Certificate(made.certificatePem);
    expect(again).toEqual(made);
    expect(spkiSha256Of(certificate)).toBe(made.spkiSha256);
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
  });

  it('lets nobody else read the key, and leaves nothing beside it', async () => {
    await loadOrCreateTlsIdentity(folder);
    expect(readdirSync(folder)).toEqual(['tls-identity.pem']);
    expect(statSync(join(folder, 'tls-identity.pem')).mode & 0o777).toBe(0o600);
  });

  it('refuses a key that others can read', async () => {
    await loadOrCreateTlsIdentity(folder);
    chmodSync(join(folder, 'tls-identity.pem'), 0o640);
    await expect(loadOrCreateTlsIdentity(folder)).rejects.toMatchObject({
      code: 'PRIVATE_FILE_EXPOSED',
      message: expect.stringMatching(/tls-identity\.pem.* mode is 0640.*chmod 600/),
    });
  });

  it('refuses a damaged file instead of taking a new key', async () => {
    writeFileSync(join(folder, 'tls-identity.pem'), 'not a key', { mode: 0o600 });
    await expect(loadOrCreateTlsIdentity(folder)).rejects.toMatchObject({
      code: 'TLS_IDENTITY_UNREADABLE',
      message: expect.stringContaining('tls-identity.pem'),
    });
  });
});
