import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { ChroomError } from '@chroom/protocol';

const kNonceBytes = 12;
const kTagBytes = 16;

/**
 * Encrypts API secrets for the database with AES-256-GCM. The name of the secret is authenticated too, so that a row
 * cannot be given another row's secret.
 */
export class SecretBox {
  /** @param key 32 bytes, CHROOM_SECRETS_KEY. */
  constructor(private readonly key: Uint8Array) {}

  seal(name: string, secret: string): Buffer {
    const nonce = randomBytes(kNonceBytes);
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(name));
    return Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws ChroomError SETTING_INVALID when the row was sealed with another key. */
  open(name: string, sealed: Uint8Array): string {
    const bytes = Buffer.from(sealed);
    const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, kNonceBytes))
      .setAAD(Buffer.from(name))
      .setAuthTag(bytes.subarray(-kTagBytes));
    try {
      const body = bytes.subarray(kNonceBytes, -kTagBytes);
      return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new ChroomError(
        'SETTING_INVALID',
        `the secret of ${name} was stored under another CHROOM_SECRETS_KEY; set the one in use when it was made`,
        { cause },
      );
    }
  }
}
