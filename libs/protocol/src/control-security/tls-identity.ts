import { createHash, createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { ChroomError } from '../errors/chroom-error.js';
import { readPrivateFile } from '../settings/private-file.js';
import type { Hex } from '../wire/wire-values.js';

/** The TLS key that a member serves and connects with. Peers know it by the hash in the member's announcement. */
export interface TlsIdentity {
  readonly privateKeyPem: string;
  readonly certificatePem: string;
  readonly spkiSha256: Hex;
}

const FILE_NAME = 'tls-identity.pem';
/** Nobody looks at the certificate's dates; the announcement is what ages. */
const NOT_BEFORE = new Date('2020-01-01T00:00:00Z');
const NOT_AFTER = new Date('2120-01-01T00:00:00Z');

/**
 * The identity kept in `folder`, made there on the first call. The file has mode 0600.
 * @throws ChroomError TLS_IDENTITY_UNREADABLE when the file is there and cannot be used, PRIVATE_FILE_EXPOSED when others
 *   can read it.
 */
export async function loadOrCreateTlsIdentity(folder: string): Promise<TlsIdentity> {
  const path = join(folder, FILE_NAME);
  const kept = readKept(path);
  if (kept !== undefined) return parseIdentity(kept, path);
  const made = await createTlsIdentity();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writePrivate(path, made.privateKeyPem + made.certificatePem);
  return made;
}

/** A new P-256 key with a certificate that it signs itself. */
export async function createTlsIdentity(): Promise<TlsIdentity> {
  // Needed once in the life of a data folder, and large: loaded then only.
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: `00${randomBytes(8).toString('hex')}`,
      name: 'CN=chroom',
      notBefore: NOT_BEFORE,
      notAfter: NOT_AFTER,
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto as unknown as Parameters<typeof x509.X509CertificateGenerator.createSelfSigned>[1],
  );
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const privateKeyPem = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({
    format: 'pem',
    type: 'pkcs8',
  });
  const certificatePem = `${certificate.toString('pem')}\n`;
  return {
    privateKeyPem: privateKeyPem.toString(),
    certificatePem,
    spkiSha256: spkiSha256Of(new X509Certificate(certificatePem)),
  };
}

/** SHA-256 of the certificate's SubjectPublicKeyInfo: what announcements pin. */
export function spkiSha256Of(certificate: X509Certificate): Hex {
  const spki = certificate.publicKey.export({ format: 'der', type: 'spki' });
  return `0x${createHash('sha256').update(spki).digest('hex')}`;
}

function readKept(path: string): string | undefined {
  try {
    return readPrivateFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error instanceof ChroomError ? error : unreadable(path, error);
  }
}

function parseIdentity(pem: string, path: string): TlsIdentity {
  try {
    const [, privateKeyPem = '', certificatePem = ''] =
      /^(-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n)(-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n)$/.exec(
        pem,
      ) ?? [];
    const certificate = new X509Certificate(certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(privateKeyPem)))
      throw new Error('key and certificate do not match');
    return { privateKeyPem, certificatePem, spkiSha256: spkiSha256Of(certificate) };
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Whole or not at all: written beside, synced, then renamed. */
async function writePrivate(path: string, text: string): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString('hex')}`;
  const file = await open(beside, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

function unreadable(path: string, cause: unknown): ChroomError {
  return new ChroomError(
    'TLS_IDENTITY_UNREADABLE',
    `${path} should hold the TLS key and certificate and cannot be used. Restore it, or delete it to get a new key.`,
    { cause },
  );
}
