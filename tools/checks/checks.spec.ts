import { describe, expect, it } from '@jest/globals';
import { importsOf, includesOf, nativeLinks } from './layers.mjs';
import { styleOf } from './style.mjs';

const lines = (count: number) => Array(count).fill('  work();\n').join('');
const fits = 79;
const tooLong = 81;

describe('the style check', () => {
  it.each([
    ['a function', 'libs/a/src/a.ts', 'export async function a() {\n', '}\n'],
    [
      'a signature of several lines',
      'libs/a/src/a.ts',
      'export async function a(\n  b: string,\n): Promise<void> {\n',
      '}\n',
    ],
    ['a destructured parameter', 'tools/a.mjs', 'function a({\n  b,\n  c,\n}) {\n', '}\n'],
    ['an arrow function', 'libs/a/src/a.ts', 'export const a: Command = async (b, { c }) => {\n', '};\n'],
    [
      'a method',
      'libs/a/src/a.ts',
      'class A {\n  private async a(\n    b: string,\n  ): Promise<void> {\n',
      '  }\n}\n',
    ],
    ['a function in C++', 'native/src/a/a.cc', 'Result<void> A::a(Bytes b,\n                  Instant now) {\n', '}\n'],
    ['a constructor in C++', 'native/src/a/a.cc', 'A::A(Bytes b)\n    : b_(b) {\n', '}\n'],
    [
      'a function in Solidity',
      'contracts/src/A.sol',
      'contract A {\n    function a(\n        uint b\n    ) external {\n',
      '    }\n}\n',
    ],
  ])('refuses %s that is too long, and takes one that fits', (_, file, before, after) => {
    expect(styleOf(file, before + lines(tooLong) + after)).toEqual([
      expect.stringMatching(/: a function of \d+ lines, at most 80$/),
    ]);
    expect(styleOf(file, before + lines(fits - before.split('\n').length) + after)).toEqual([]);
  });

  it('refuses folders that say nothing, long files and unfinished work', () => {
    expect(styleOf('libs/a/src/helpers/a.ts', '')).toEqual([expect.stringContaining('a folder named "helpers"')]);
    expect(styleOf('libs/a/src/a.ts', lines(400))).toEqual([expect.stringContaining('401 lines, at most 400')]);
    expect(styleOf('libs/a/src/a.spec.ts', lines(400))).toEqual([]);
    expect(styleOf('libs/a/src/a.spec.ts', lines(700))).toEqual([expect.stringContaining('701 lines, at most 700')]);
    expect(styleOf('libs/a/src/a.ts', `// ${'TO'}DO: later`)).toEqual([expect.stringContaining('unfinished work')]);
  });
});

describe('the check of import edges', () => {
  it.each([
    ['an app that imports an app', 'apps/registry/src/a.ts', '@chroom/orchestrator', 'an app imports the app'],
    ['a lib beyond its table', 'libs/routing/src/a.ts', '@chroom/database', 'libs/routing may not import'],
    ['a lib that imports an app', 'libs/routing/src/a.ts', '@chroom/registry', 'libs/routing may not import'],
    ['a deep import', 'apps/registry/src/a.ts', '@chroom/protocol/dist/errors/catalog.js', 'deep import'],
    ['a path out of the package', 'apps/registry/src/a.ts', '../../orchestrator/src/main.js', 'reaches out'],
    ['a tool outside tests', 'apps/registry/src/a.ts', '../../../tools/embedded/redis.mjs', 'reaches out'],
  ])('refuses %s', (_, file, wanted, problem) => {
    expect(importsOf(file, `import { a } from '${wanted}';`)).toEqual([expect.stringContaining(problem)]);
    expect(importsOf(file, `const a = await import('${wanted}');`)).toEqual([expect.stringContaining(problem)]);
  });

  it.each([
    ['apps/registry/src/a.ts', '@chroom/database'],
    ['apps/registry/src/a.spec.ts', '../../../tools/embedded/redis.mjs'],
    ['libs/queues/src/a.ts', '@chroom/database'],
    ['libs/routing/src/a.ts', '@chroom/protocol/proofs'],
  ])('lets %s import %s', (file, wanted) => {
    expect(importsOf(file, `import { a } from '${wanted}';`)).toEqual([]);
  });

  it('lets a native folder include only what it links, directly or not', () => {
    const links = nativeLinks(
      'chroom_folder(buffer)\nchroom_folder(rtp buffer)\nchroom_folder(rtcp rtp)\nchroom_folder(net buffer)\n',
    );
    const include = (folder: string) => `#include "${folder}/thing.h"\n`;
    const file = 'native/src/rtcp/a.cc';
    expect(includesOf(file, include('rtcp') + include('rtp') + include('buffer'), links)).toEqual([]);
    expect(includesOf(file, include('net'), links)).toEqual([`${file}: native/src/rtcp may not include net/`]);
    expect(includesOf('native/src/buffer/a.h', include('rtp'), links)).toHaveLength(1);
  });
});
