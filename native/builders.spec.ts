import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const nodePrefix = path.dirname(path.dirname(process.execPath));
const hasHeaders = existsSync(path.join(nodePrefix, 'include/node/node_api.h'));

describe('the two builders of the addon', () => {
  // A folder of its own, so that the other builder's output stays; in here, so that packages are found.
  const scratch = mkdtempSync(path.join(folder, 'build-gyp-'));
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('compile the same sources', () => {
    const listed: string[] = require('./sources.cjs');
    const commands: { file: string }[] = JSON.parse(
      readFileSync(path.join(folder, 'build/compile_commands.json'), 'utf8'),
    );
    // Tests and fuzzers are compiled beside the addon, from the same folder.
    const compiled = commands
      .map(({ file }) => path.relative(folder, file))
      .filter((file) => file.startsWith('src/') && !/_(test|fuzz)\.cc$/.test(file));
    expect(compiled.sort()).toEqual([...listed].sort());
  });

  const title = 'node-gyp builds an addon with the same surface';
  (hasHeaders ? it : it.skip)(
    hasHeaders ? title : `${title} [needs the headers of this Node]`,
    () => {
      for (const name of ['src', 'binding.gyp', 'sources.cjs', 'package.json']) {
        symlinkSync(path.join(folder, name), path.join(scratch, name));
      }
      const gyp = require.resolve('node-gyp/bin/node-gyp.js');
      const build = spawnSync(
        process.execPath,
        [gyp, 'rebuild', '-C', scratch, `--nodedir=${nodePrefix}`, '-j', '2', '--silent'],
        // Not optimised: this asks whether it builds, and half of the time is the optimiser's.
        { encoding: 'utf8', env: { ...process.env, CXXFLAGS: '-O0 -g0' }, maxBuffer: 64 << 20 },
      );
      expect(build.stdout.slice(-4000) + build.stderr.slice(-4000)).not.toMatch(/error/i);
      expect(build.status).toBe(0);
      const built = require(path.join(scratch, 'build/Release/chroom.node'));
      const other = require('./index.cjs');
      expect(Object.keys(built)).toEqual(Object.keys(other));
      expect(built.openssl).toEqual(other.openssl);
    },
    900_000,
  );
});
