import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { type OwnServer, ownPostgres } from './testing/index.js';

interface Party {
  readonly role: string;
  readonly password: string;
  readonly database: string;
}

/** The module that `npm start` makes parties with; it has no types and lives outside the TypeScript project. */
const module_ = new URL('../../../tools/embedded/postgres.mjs', import.meta.url).href;

const registry: Party = { role: 'chroom_registry', password: 'one', database: 'chroom_registry' };
const orchestrator: Party = { role: 'chroom_orchestrator', password: 'two', database: 'chroom_orchestrator' };

describe('parties on one server', () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await ownPostgres();
    const { ensureParty } = (await import(module_)) as { ensureParty(url: string, party: Party): Promise<void> };
    for (const party of [registry, orchestrator]) await ensureParty(server.url, party);
  }, 30_000);
  afterAll(() => server.dispose());

  const ask = async ({ role, password }: Party, database: string, statement: string) => {
    const [, socketFolder] = /\?host=(.+)$/.exec(server.url)!;
    const host = decodeURIComponent(socketFolder!);
    const client = new pg.Client({ user: role, password, database, host });
    await client.connect();
    return (await client.query(statement).finally(() => client.end())).rows;
  };

  it('use their own database', async () => {
    await ask(registry, registry.database, 'create table members (id int)');
    expect(await ask(registry, registry.database, 'select count(*)::int as count from members')).toEqual([
      { count: 0 },
    ]);
  });

  it.each([
    ['the orchestrator that of the registry', orchestrator, registry.database],
    ['the registry that of the orchestrator', registry, orchestrator.database],
    ['the registry that of the administrator', registry, 'postgres'],
  ])('are denied the database of another: %s', async (_name, party, database) => {
    await expect(ask(party, database, 'select 1')).rejects.toMatchObject({ code: '42501' });
  });

  it('are refused with another’s password, and may make no roles or databases', async () => {
    const wrong = { ...registry, password: orchestrator.password };
    await expect(ask(wrong, registry.database, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    for (const statement of ['create role intruder', 'create database intruder']) {
      await expect(ask(registry, registry.database, statement)).rejects.toMatchObject({ code: '42501' });
    }
  });
});
