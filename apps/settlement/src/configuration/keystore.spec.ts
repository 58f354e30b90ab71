import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decryptKeystore, openKeystore } from './keystore.js';

/** The test vector of the Web3 Secret Storage definition, and its key as wallets encrypt today. */
const secret = '0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d';
const pbkdf2 = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: {
      c: 262144,
      dklen: 32,
      prf: 'hmac-sha256',
      salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd',
    },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
  version: 3,
};

/** Made with @noble/hashes. The definition's own vector has r = 1, which is too little for its n (RFC 7914, section 2). */
const scrypt = {
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '83dbcc02d8ccb40e466191a123791e0e' },
    ciphertext: 'b160ff7e6d855b53a3f8d65e4b2850584cfaa01751807f19d07c298de16f802d',
    kdf: 'scrypt',
    kdfparams: {
      dklen: 32,
      n: 262144,
      p: 1,
      r: 8,
      salt: 'ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19',
    },
    mac: 'daeeba49ffae86381ae33f74c05dc0038888a7806267a04a1ae2183a7f2b7b17',
  },
  version: 3,
};

describe('decryptKeystore', () => {
  it.each([
    ['pbkdf2', pbkdf2],
    ['scrypt', scrypt],
  ])('opens a file that %s protects', (_, keystore) => {
    expect(decryptKeystore(JSON.stringify(keystore), 'testpassword')).toBe(secret);
    expect(() => decryptKeystore(JSON.stringify(keystore), 'wrong')).toThrow('the password is wrong');
  });

  it.each([
    ['more memory than a wallet uses', { n: 2 ** 21 }],
    ['wider blocks than a wallet uses', { r: 17 }],
    ['blocks too small for its cost', { r: 1 }],
    ['a cost that is no power of two', { n: 262_143 }],
  ])('refuses scrypt with %s', (_, params) => {
    const kdfparams = { ...scrypt.crypto.kdfparams, ...params };
    const keystore = { ...scrypt, crypto: { ...scrypt.crypto, kdfparams } };
    expect(() => decryptKeystore(JSON.stringify(keystore), 'testpassword')).toThrow();
  });

  it('refuses a wrong password and a changed file', () => {
    expect(() => decryptKeystore(JSON.stringify(pbkdf2), 'wrong')).toThrow('the password is wrong');
    const changed = { ...pbkdf2, crypto: { ...pbkdf2.crypto, ciphertext: `00${pbkdf2.crypto.ciphertext.slice(2)}` } };
    expect(() => decryptKeystore(JSON.stringify(changed), 'testpassword')).toThrow('the password is wrong');
  });

  it('opens a file of its owner alone, and not one that others can read', () => {
    const folder = mkdtempSync(join(tmpdir(), 'chroom-keystore-'));
    try {
      const file = join(folder, 'key.json');
      writeFileSync(file, JSON.stringify(pbkdf2), { mode: 0o600 });
      expect(openKeystore(file, 'testpassword')).toBe(secret);
      chmodSync(file, 0o644);
      expect(() => openKeystore(file, 'testpassword')).toThrow(
        expect.objectContaining({
          code: 'PRIVATE_FILE_EXPOSED',
          message: expect.stringMatching(/key\.json.* mode is 0644/),
        }),
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('names the file and nothing secret when it cannot be read', () => {
    expect(() => openKeystore('/nowhere/key.json', 'hunter2')).toThrow(
      expect.objectContaining({ code: 'KEYSTORE_UNREADABLE', message: expect.not.stringContaining('hunter2') }),
    );
  });
});
