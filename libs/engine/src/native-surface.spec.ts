import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import native from '@chroom/native';
import { describe, expect, it } from '@jest/globals';
import { ENGINE_ERROR_CODES } from './engine-error.js';

const nativeFolder = createRequire(import.meta.url)
  .resolve('@chroom/native')
  .replace(/index\.cjs$/, '');

describe('the addon', () => {
  it('exports exactly what index.d.ts declares', () => {
    const declared = readFileSync(`${nativeFolder}index.d.ts`, 'utf8');
    const names = [...declared.matchAll(/export declare (?:const|class|function) (\w+)/g)].map(([, name]) => name);
    expect(Object.keys(native).sort()).toEqual(names.sort());
    const body = /export declare class NativeEngine \{([\s\S]*?)\n\}/.exec(declared)?.[1] ?? '';
    const methods = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
    expect(Object.getOwnPropertyNames(native.NativeEngine.prototype).sort()).toEqual(methods.sort());
  });

  it('has the error codes of the facade', () => {
    expect(native.errorCodes).toEqual(ENGINE_ERROR_CODES);
  });

  it('names every counter once', () => {
    expect(new Set(native.counterNames).size).toBe(native.counterNames.length);
    expect(native.counterNames).toEqual(
      expect.arrayContaining(['rtp_packets_sent', 'drop.srtp_replayed', 'gauge_busy_permille']),
    );
  });

  it('runs on the OpenSSL it was compiled against and shows none of it', () => {
    expect(native.openssl.linked).toBe(native.openssl.compiled);
    const symbols = execFileSync('nm', ['-D', '--defined-only', `${nativeFolder}build/Release/chroom.node`], {
      encoding: 'utf8',
    });
    expect(symbols).toContain('napi_register_module_v1');
    expect(symbols).not.toMatch(/ (SSL_|EVP_)/);
    const needed = execFileSync('nm', ['-D', '--undefined-only', `${nativeFolder}build/Release/chroom.node`], {
      encoding: 'utf8',
    });
    expect(needed).not.toMatch(/ (SSL_|EVP_)/);
  });

  it('throws coded errors for what the facade would have refused', () => {
    expect(() => new native.NativeEngine({} as never)).toThrow(/bindAddresses/);
    expect(() => Reflect.construct(native.NativeEngine, [])).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
