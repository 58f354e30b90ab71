import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { isExposed, readPrivateFile } from './private-file.js';

describe('readPrivateFile', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'chroom-private-'));
    file = join(folder, 'key');
    writeFileSync(file, 'a secret');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it.each([0o600, 0o400, 0o700])('reads a file of its owner alone (mode %p)', (mode) => {
    chmodSync(file, mode);
    expect(readPrivateFile(file)).toBe('a secret');
  });

  it.each([
    ['0644', 0o644],
    ['0640', 0o640],
    ['0604', 0o604],
    ['0660', 0o660],
    ['0602', 0o602],
    ['0601', 0o601],
    ['0444', 0o444],
  ])('refuses a file of mode %s, says how to mend it and shows none of it', (octal, mode) => {
    chmodSync(file, mode);
    let message = '';
    try {
      readPrivateFile(file, 'CHROOM_SPEC_KEY_FILE');
    } catch (error) {
      expect(error).toMatchObject({ code: 'PRIVATE_FILE_EXPOSED' });
      message = (error as Error).message;
    }
    for (const part of ['CHROOM_SPEC_KEY_FILE', file, `mode is ${octal}`, 'expected 0600', `chmod 600 '${file}'`]) {
      expect(message).toContain(part);
    }
    expect(message).not.toContain('a secret');
  });

  it('looks at the file that a link names, not at the link', () => {
    symlinkSync(file, join(folder, 'link'));
    chmodSync(file, 0o644);
    expect(() => readPrivateFile(join(folder, 'link'))).toThrow(
      expect.objectContaining({ code: 'PRIVATE_FILE_EXPOSED' }),
    );
    chmodSync(file, 0o600);
    expect(readPrivateFile(join(folder, 'link'))).toBe('a secret');
  });

  it('leaves a file that is not there to the caller', () => {
    expect(() => readPrivateFile(join(folder, 'none'))).toThrow(expect.objectContaining({ code: 'ENOENT' }));
  });
});

describe('isExposed', () => {
  it.each([
    ['what an engine mounts', 0o100444, 0, '/run/secrets/key', false],
    ['what is mounted for the group of the container', 0o100440, 0, '/run/secrets/..1/key', false],
    ['a mounted secret that others may change', 0o100446, 0, '/run/secrets/key', true],
    ['a file there that is not of root', 0o100444, 1000, '/run/secrets/key', true],
    ['a file of root elsewhere', 0o100444, 0, '/run/secrets-of-mine/key', true],
    ['a file of root in another folder', 0o100444, 0, '/etc/chroom/run/secrets/key', true],
  ])('%s', (_, mode, uid, realPath, expected) => {
    expect(isExposed({ mode, uid, realPath })).toBe(expected);
  });
});
