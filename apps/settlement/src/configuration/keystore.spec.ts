import { describe, expect, it } from '@jest/globals';
import { decryptKeystore, openKeystore } from './keystore.js';

/** The test vectors of the Web3 Secret Storage definition. */
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

describe('decryptKeystore', () => {
  it('opens the published vector', () => {
    expect(decryptKeystore(JSON.stringify(pbkdf2), 'testpassword')).toBe(secret);
  });

  it('refuses a wrong password and a changed file', () => {
    expect(() => decryptKeystore(JSON.stringify(pbkdf2), 'wrong')).toThrow('the password is wrong');
    const changed = { ...pbkdf2, crypto: { ...pbkdf2.crypto, ciphertext: `00${pbkdf2.crypto.ciphertext.slice(2)}` } };
    expect(() => decryptKeystore(JSON.stringify(changed), 'testpassword')).toThrow('the password is wrong');
  });

  it('names the file and nothing secret when it cannot be read', () => {
    expect(() => openKeystore('/nowhere/key.json', 'hunter2')).toThrow(
      expect.objectContaining({ code: 'KEYSTORE_UNREADABLE', message: expect.not.stringContaining('hunter2') }),
    );
  });
});
