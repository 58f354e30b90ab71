import { createDecipheriv, pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { ChroomError, readPrivateFile } from '@chroom/protocol';
import { bytesToHex, concat, type Hex, hexToBytes, keccak256 } from 'viem';
import { z } from 'zod';

const hex = z.string().regex(/^([0-9a-fA-F]{2})+$/);
const derived = { salt: hex, dklen: z.literal(32) };
/** Web3 Secret Storage, version 3: what wallets write. Cost parameters are bounded: the file is input. */
const keystoreSchema = z.object({
  version: z.literal(3),
  crypto: z.intersection(
    z.object({
      cipher: z.literal('aes-128-ctr'),
      ciphertext: hex.length(64),
      cipherparams: z.object({ iv: hex.length(32) }),
      mac: hex.length(64),
    }),
    z.discriminatedUnion('kdf', [
      z.object({
        kdf: z.literal('scrypt'),
        kdfparams: z.object({
          ...derived,
          n: z
            .number()
            .int()
            .min(2)
            .max(1 << 20),
          r: z.number().int().min(1).max(16),
          p: z.number().int().min(1).max(16),
        }),
      }),
      z.object({
        kdf: z.literal('pbkdf2'),
        kdfparams: z.object({ ...derived, c: z.number().int().min(1).max(10_000_000), prf: z.literal('hmac-sha256') }),
      }),
    ]),
  ),
});

const scryptMemoryBytes = 2 ** 31 - 1;

/**
 * The private key in an encrypted file: whoever can read that can try passwords for as long as he likes.
 * @throws ChroomError KEYSTORE_UNREADABLE or PRIVATE_FILE_EXPOSED; no key and no password is in its text
 */
export function openKeystore(path: string, password: string): Hex {
  try {
    return decryptKeystore(readPrivateFile(path), password);
  } catch (error) {
    if (error instanceof ChroomError && error.code === 'PRIVATE_FILE_EXPOSED') throw error;
    const reason = error instanceof ChroomError ? error.message : 'expected a readable version 3 keystore';
    throw new ChroomError('KEYSTORE_UNREADABLE', `The keystore ${path} cannot be opened: ${reason}.`);
  }
}

export function decryptKeystore(json: string, password: string): Hex {
  const { crypto } = keystoreSchema.parse(JSON.parse(json));
  const salt = Buffer.from(crypto.kdfparams.salt, 'hex');
  const key =
    crypto.kdf === 'scrypt'
      ? scryptSync(password, salt, 32, {
          N: crypto.kdfparams.n,
          r: crypto.kdfparams.r,
          p: crypto.kdfparams.p,
          maxmem: scryptMemoryBytes,
        })
      : pbkdf2Sync(password, salt, crypto.kdfparams.c, 32, 'sha256');
  const ciphertext = Buffer.from(crypto.ciphertext, 'hex');
  const mac = hexToBytes(keccak256(concat([bytesToHex(key.subarray(16)), bytesToHex(ciphertext)])));
  if (!timingSafeEqual(mac, Buffer.from(crypto.mac, 'hex'))) {
    throw new ChroomError('KEYSTORE_UNREADABLE', 'the password is wrong, or the file was changed');
  }
  const decipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), Buffer.from(crypto.cipherparams.iv, 'hex'));
  return bytesToHex(Buffer.concat([decipher.update(ciphertext), decipher.final()]));
}
