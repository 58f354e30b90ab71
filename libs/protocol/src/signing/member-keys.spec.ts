import { appendFileSync, chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SettingsReader } from '../settings/settings-reader.js';
import type { Hex } from '../wire/wire-values.js';
import { signerAddressOf } from './member-key.js';
import { MemberKeys } from './member-keys.js';

const key = (digit: string): Hex => `0x${digit.repeat(64)}`;
const variable = 'CHROOM_SPEC_SIGNER_KEY';

describe('MemberKeys', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chroom-keys-'));
    file = join(folder, 'signer-keys');
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (environment: Record<string, string>) =>
    MemberKeys.fromSettings(new SettingsReader(environment), variable);
  const fromFile = () => read({ [`${variable}_FILE`]: file });

  it('has the key of the variable, and no other', () => {
    const keys = read({ [variable]: key('1') });
    expect(keys.keyOf(signerAddressOf(key('1')).toUpperCase().replace('0X', '0x') as Hex)).toBe(key('1'));
    expect(() => keys.keyOf(signerAddressOf(key('2')))).toThrow(
      expect.objectContaining({ code: 'SIGNER_KEY_MISSING', message: expect.stringContaining(variable) }),
    );
  });

  it('finds a key that was appended to the file while the process runs', () => {
    writeFileSync(file, `# first\n${key('1')}\n\n`, { mode: 0o600 });
    const keys = fromFile();
    expect(() => keys.keyOf(signerAddressOf(key('2')))).toThrow(
      expect.objectContaining({ code: 'SIGNER_KEY_MISSING' }),
    );
    appendFileSync(file, `${key('2')}\n`);
    expect(keys.keyOf(signerAddressOf(key('2')))).toBe(key('2'));
    expect(keys.keyOf(signerAddressOf(key('1')))).toBe(key('1'));
  });

  it('keeps the keys it has when the file is damaged later', () => {
    writeFileSync(file, key('1'), { mode: 0o600 });
    const keys = fromFile();
    writeFileSync(file, '0x12');
    expect(keys.keyOf(signerAddressOf(key('1')))).toBe(key('1'));
  });

  it.each([
    ['no key', ''],
    ['a line that is none', `${key('1')}\n0x12`],
    ['the key zero', `${key('1')}\n${key('0')}`],
    ['a key beyond the curve', `${key('1')}\n${key('f')}`],
    ['too much', `${key('1')}\n`.repeat(70)],
  ])('refuses a file with %s, and shows none of it', (_, content) => {
    writeFileSync(file, content, { mode: 0o600 });
    const refused = expect.objectContaining({ code: 'SETTING_INVALID', message: expect.not.stringContaining('1111') });
    expect(fromFile).toThrow(refused);
    expect(fromFile).toThrow(`${variable}_FILE`);
  });

  it('refuses a file that others can read, at the start and when it is read again', () => {
    writeFileSync(file, key('1'), { mode: 0o600 });
    const keys = fromFile();
    chmodSync(file, 0o644);
    const refused = expect.objectContaining({
      code: 'PRIVATE_FILE_EXPOSED',
      message: expect.stringMatching(/^CHROOM_SPEC_SIGNER_KEY_FILE: .*signer-keys.* mode is 0644/),
    });
    expect(fromFile).toThrow(refused);
    expect(() => keys.keyOf(signerAddressOf(key('2')))).toThrow(refused);
    expect(keys.keyOf(signerAddressOf(key('1')))).toBe(key('1'));
  });

  it('refuses a file that is not there, and no setting at all', () => {
    expect(fromFile).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
    expect(() => read({})).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }));
  });
});
