import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { isDatabaseOutage, openPartyDatabase } from './index.js';
import { createTestDatabase, type OwnServer, ownPostgres, type TestDatabase } from './testing/index.js';

class CreateNotes1700000000000 implements MigrationInterface {
  readonly name = 'CreateNotes1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id int PRIMARY KEY)');
    await runner.query('INSERT INTO notes VALUES (1)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

const open = (url: string, onConnectionLost?: () => void) =>
  openPartyDatabase({
    party: 'spec',
    url,
    urlVariable: 'CHROOM_SPEC_DATABASE_URL',
    entities: [],
    migrations: [CreateNotes1700000000000],
    onConnectionLost,
  });

describe('openPartyDatabase', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('migrates once when several processes open a fresh database together', async () => {
    const sources = await Promise.all([open(database.url), open(database.url), open(database.url)]);
    const rows = await sources[0]!.query('SELECT count(*)::int AS n FROM notes');
    await Promise.all(sources.map((source) => source.destroy()));
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('names the variable when no server answers', async () => {
    const opening = open('postgres://nobody@/db?host=/nonexistent');
    await expect(opening).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: expect.stringContaining('CHROOM_SPEC_DATABASE_URL'),
    });
  });

  it('does not take an error of a query for an outage', async () => {
    const source = await open(database.url);
    const error = await source.query('SELECT * FROM nothing_here').catch((caught: unknown) => caught);
    await source.destroy();
    expect(isDatabaseOutage(error)).toBe(false);
  });
});

describe('a DataSource whose server is killed', () => {
  let server: OwnServer;
  let source: DataSource;
  let onLost: () => void;
  const idleConnectionLost = new Promise<void>((resolve) => {
    onLost = resolve;
  });
  beforeAll(async () => {
    server = await ownPostgres();
    source = await open(server.url, () => onLost());
  }, 30_000);
  afterAll(async () => {
    await source.destroy();
    await server.dispose();
  });

  it('answers queries with an outage, and works again when the server is back', async () => {
    const running = source.query('SELECT pg_sleep(20)').catch((caught: unknown) => caught);
    await source.query('SELECT 1');
    await server.kill();
    expect(isDatabaseOutage(await running)).toBe(true);
    await idleConnectionLost;
    const answer = await source.query('SELECT 1').catch((caught: unknown) => caught);
    expect(isDatabaseOutage(answer)).toBe(true);
    await server.start();
    expect(await source.query('SELECT 2 AS n')).toEqual([{ n: 2 }]);
  }, 30_000);
});
