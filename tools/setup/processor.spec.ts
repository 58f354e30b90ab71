import { describe, expect, it } from '@jest/globals';
import { checkNodeVersion } from './node-version.mjs';
import { checkProcessor } from './processor.mjs';

describe('what a machine must be', () => {
  it('takes Linux on x86-64 with Node 20.19 or later', () => {
    for (const version of ['20.19.0', '20.20.1', '22.0.0', '26.1.0'])
      expect(() => checkNodeVersion(version)).not.toThrow();
    expect(() => checkProcessor('linux x64')).not.toThrow();
  });

  it.each(['linux arm64', 'darwin arm64', 'win32 x64'])('refuses %s, and says what is needed', (found) => {
    expect(() => checkProcessor(found)).toThrow(`UNIMPLEMENTED: expected Linux on x86-64 (linux x64)`);
    expect(() => checkProcessor(found)).toThrow(`this is ${found}`);
  });

  it.each(['20.18.9', '18.20.0', '20.9.0'])('refuses Node %s', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(`Chroom needs Node 20.19.0 or later; this is Node ${version}`);
  });
});
