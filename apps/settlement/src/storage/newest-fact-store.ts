import type { Queryable } from './receipt-store.js';

/** What the chain named last under a name, and the epoch that was asked about. */
export interface NewestFact {
  readonly epoch: number;
  readonly fact: unknown;
}

export async function newestFacts(db: Queryable, core: string): Promise<Map<string, NewestFact>> {
  const rows = await db.query<{ name: string; epoch: string; fact: unknown }[]>(
    'SELECT name, epoch, fact FROM newest_fact WHERE core = $1',
    [core],
  );
  return new Map(rows.map(({ name, epoch, fact }) => [name, { epoch: Number(epoch), fact }]));
}

/** A fact of an earlier epoch never takes the place of a later one's. */
export async function keepNewestFact(db: Queryable, core: string, name: string, { epoch, fact }: NewestFact) {
  await db.query(
    `INSERT INTO newest_fact (core, name, epoch, fact) VALUES ($1, $2, $3, $4)
     ON CONFLICT (core, name) DO UPDATE SET epoch = excluded.epoch, fact = excluded.fact
       WHERE newest_fact.epoch <= excluded.epoch`,
    [core, name, epoch, JSON.stringify(fact)],
  );
}
