import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const here = path.dirname(fileURLToPath(import.meta.url));
/** Starts a server twice on one folder and writes a row in between; prints what is left of it. */
const program = `
const { startPostgres, ensureParty } = await import(process.argv[1]);
const { default: pg } = await import('pg');
const [dataDir, home] = process.argv.slice(2);
const start = () => startPostgres({ dataDir, home });
const ask = async (url, text) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client.query(text).finally(() => client.end());
};
const party = { role: 'party', password: 'secret', database: 'party' };
const first = await start();
await ensureParty(first.adminUrl, party);
await ask(first.url('party', 'secret', 'party'), 'create table kept (value int); insert into kept values (7)');
await first.stop();
const second = await start();
const { rows } = await ask(second.url('party', 'secret', 'party'), 'select value from kept');
await second.stop();
process.stdout.write(JSON.stringify(rows));
`;

const isRoot = process.getuid?.() === 0;

describe('the embedded PostgreSQL', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'chroom-pg-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** @param PATH with other programs in front. */
  function startTwice(PATH: string | undefined) {
    const dataDir = path.join(folder, 'data');
    const home = path.join(folder, 'home');
    mkdirSync(home, { mode: 0o755 });
    chmodSync(folder, 0o755);
    const args = ['--input-type=module', '--eval', program, path.join(here, 'postgres.mjs'), dataDir, home];
    const run = spawnSync(process.execPath, args, { cwd: here, encoding: 'utf8', env: { ...process.env, PATH } });
    return { answer: run.stdout, problems: run.stderr, home: readdirSync(home) };
  }

  it('keeps its data in its folder over a restart', () => {
    expect(startTwice(process.env.PATH)).toEqual({ answer: '[{"value":7}]', problems: '', home: [] });
  }, 60_000);

  const title = 'runs for root where user namespaces are refused, as a container does';
  (isRoot ? it : it.skip)(
    isRoot ? title : `${title} [needs root]`,
    () => {
      const programs = path.join(folder, 'programs');
      mkdirSync(programs);
      writeFileSync(path.join(programs, 'unshare'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });
      const { answer, problems, home } = startTwice(`${programs}:${process.env.PATH}`);
      expect({ answer, problems }).toEqual({ answer: '[{"value":7}]', problems: '' });
      expect(home.sort()).toEqual([
        expect.stringMatching(/^data-[0-9a-f]{16}$/),
        expect.stringMatching(/^postgresql-/),
      ]);
    },
    60_000,
  );
});
