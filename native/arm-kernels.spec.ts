import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = path.dirname(fileURLToPath(import.meta.url));
const compiler = 'aarch64-linux-gnu-g++';
const emulator = 'qemu-aarch64';
const flags = ['-std=c++20', '-Wall', '-Wextra', '-Wno-missing-field-initializers', '-Isrc', '-Iarm'];
const kernels = [
  'src/aead/aes_gcm_armv8.cc',
  'src/aead/cpu_features.cc',
  'src/cmsha1/aes_cm_armv8.cc',
  'src/cmsha1/sha1_armv8.cc',
];
/** OpenSSL's headers of this machine: they are the same for every 64-bit processor, and nothing is linked. */
const opensslHeaders = [
  '-idirafter',
  '/usr/include',
  '-idirafter',
  `/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
];
/** Folders of native/src that hold kernels, what they stand on, and the first that uses them. */
const compiledFolders = ['vocabulary', 'metering', 'buffer', 'digest', 'aead', 'cmsha1', 'rtp', 'srtp'];
const limitMs = 900_000;

describe('the engine on 64-bit ARM', () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'chroom-arm-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  const compile = (args: string[]) => spawnSync(compiler, [...flags, ...args], { cwd: folder, encoding: 'utf8' });
  const testWith = (programs: string[], title: string, body: () => void) => {
    const missing = programs.filter((program) => spawnSync(program, ['--version']).status !== 0);
    if (missing.length > 0) return it.skip(`${title} [needs ${missing.join(' and ')}]`, body, limitMs);
    it(title, body, limitMs);
  };

  testWith([compiler, emulator], 'has kernels that equal the scalar reference and give the published vectors', () => {
    const program = path.join(scratch, 'kernels_check');
    const built = compile(['-O2', '-static', 'arm/kernels_check.cc', ...kernels, '-o', program]);
    expect(built.stderr).toBe('');
    const run = spawnSync(emulator, ['-cpu', 'max', program], { encoding: 'utf8' });
    expect(run.stdout).not.toContain('DIFFERENT');
    expect(run.stdout.match(/^passed: /gm)).toHaveLength(6);
    expect(run.status).toBe(0);
  });

  testWith([compiler], 'compiles without a warning up to the packet ciphers', () => {
    const sources = compiledFolders.flatMap((name) =>
      readdirSync(path.join(folder, 'src', name))
        .filter((file) => file.endsWith('.cc') && !/_(test|fuzz)\.cc$/.test(file))
        .map((file) => `src/${name}/${file}`),
    );
    const built = compile([...opensslHeaders, '-fsyntax-only', ...sources]);
    expect(built.stderr).toBe('');
    expect(built.status).toBe(0);
  });
});
