import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type CompiledLayout, type StorageLayout, storageLayoutOf } from './storage-layout.js';

const contracts = new URL('../../../../contracts/', import.meta.url);
const snapshotFile = new URL('storage/layout.json', contracts);

/** What forge compiled last; `node tools/build.mjs` compiles what has changed. */
const compiled = (contract: string): CompiledLayout =>
  JSON.parse(readFileSync(new URL(`out/${contract}.sol/${contract}.json`, contracts), 'utf8')).storageLayout;

describe('the storage layout', () => {
  const layouts = Object.fromEntries(
    ['ChroomCore', 'ChroomProofs', 'ChroomToken'].map((contract) => [contract, storageLayoutOf(compiled(contract))]),
  );
  if (process.env.CHROOM_WRITE_LAYOUT === '1') writeFileSync(snapshotFile, print(layouts));
  const snapshot: Record<string, StorageLayout> = JSON.parse(readFileSync(snapshotFile, 'utf8'));

  it.each(Object.keys(layouts))(
    'of %s is that of contracts/storage/layout.json (CHROOM_WRITE_LAYOUT=1 writes the snapshot anew)',
    (contract) => {
      expect(layouts[contract]?.variables.length).toBeGreaterThan(0);
      expect(layouts[contract]).toEqual(snapshot[contract]);
    },
  );

  const core = compiled('ChroomCore');
  const [first, second, ...rest] = core.storage;
  const structs = Object.entries(core.types ?? {}).filter(([, { members }]) => members);
  const withTypes = (types: typeof structs) => ({ ...core, types: { ...core.types, ...Object.fromEntries(types) } });

  it.each<[string, CompiledLayout]>([
    [
      'two variables change places',
      { ...core, storage: [{ ...first!, slot: second!.slot }, { ...second!, slot: first!.slot }, ...rest] },
    ],
    ['a variable gets another type', { ...core, storage: [{ ...first!, type: 't_uint96' }, second!, ...rest] }],
    ['a variable goes', { ...core, storage: core.storage.slice(0, -1) }],
    [
      'a member of a struct moves within its slot',
      withTypes(
        structs.map(([key, type]) => [
          key,
          { ...type, members: type.members!.map((each) => ({ ...each, offset: each.offset + 1 })) },
        ]),
      ),
    ],
  ])('is another one when %s', (_, changed) => {
    expect(storageLayoutOf(changed)).not.toEqual(snapshot.ChroomCore);
  });

  it('is the same one when only the numbers of the syntax tree change', () => {
    const renumbered = JSON.parse(JSON.stringify(core).replace(/\)(\d+)_storage/g, ')1$1_storage'));
    expect(renumbered).not.toEqual(core);
    expect(storageLayoutOf(renumbered)).toEqual(storageLayoutOf(core));
  });
});

/** A variable a line, so that a change reads as one. */
function print(layouts: Record<string, StorageLayout>): string {
  const text = JSON.stringify(layouts, null, 2);
  return `${text.replace(/\{\s+("label"[^{}]*?)\s+\}/g, (_, inner: string) => `{ ${inner.replace(/\s*\n\s*/g, ' ')} }`)}\n`;
}
