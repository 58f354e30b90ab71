import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Hex } from 'viem';
import type { NetworkFacts } from '../client/network-facts.js';
import type { NetworkState } from './network-state.js';

/** Everything a follower knows, up to and with one block. */
export interface FollowerSnapshot {
  /** The network that it belongs to; another one's is not used. */
  readonly facts: NetworkFacts;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly state: NetworkState;
}

/**
 * Keeps the last snapshot over restarts. Losing it costs a read of all events, and that a process cannot start while the
 * chain is away; nothing else.
 */
export abstract class FollowerStore {
  /** undefined also for what cannot be read: the chain has it all. */
  abstract load(): Promise<FollowerSnapshot | undefined>;
  abstract save(snapshot: FollowerSnapshot): Promise<void>;
}

/** For tests, and for who reads all events at each start. */
export class MemoryFollowerStore extends FollowerStore {
  private snapshot: FollowerSnapshot | undefined;

  override load(): Promise<FollowerSnapshot | undefined> {
    return Promise.resolve(this.snapshot);
  }

  override save(snapshot: FollowerSnapshot): Promise<void> {
    this.snapshot = snapshot;
    return Promise.resolve();
  }
}

/** One JSON file, replaced as a whole. */
export class FileFollowerStore extends FollowerStore {
  constructor(private readonly path: string) {
    super();
  }

  override async load(): Promise<FollowerSnapshot | undefined> {
    return parseSnapshot(await readFile(this.path, 'utf8').catch(() => ''));
  }

  override async save(snapshot: FollowerSnapshot): Promise<void> {
    const next = `${this.path}.next`;
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await writeFile(next, formatSnapshot(snapshot), { mode: 0o600 });
    await rename(next, this.path);
  }
}

/** One row in the database of a party, whose migrations create the table. */
export class SqlFollowerStore extends FollowerStore {
  /** For the migration. */
  static readonly createTable =
    'CREATE TABLE chain_snapshot (one boolean PRIMARY KEY DEFAULT true CHECK (one), snapshot text NOT NULL)';
  static readonly dropTable = 'DROP TABLE chain_snapshot';

  constructor(private readonly database: { query(sql: string, values?: unknown[]): Promise<{ snapshot: string }[]> }) {
    super();
  }

  override async load(): Promise<FollowerSnapshot | undefined> {
    const [row] = await this.database.query('SELECT snapshot FROM chain_snapshot');
    return row && parseSnapshot(row.snapshot);
  }

  override async save(snapshot: FollowerSnapshot): Promise<void> {
    await this.database.query(
      'INSERT INTO chain_snapshot (snapshot) VALUES ($1) ON CONFLICT (one) DO UPDATE SET snapshot = excluded.snapshot',
      [formatSnapshot(snapshot)],
    );
  }
}

function formatSnapshot({ state, ...rest }: FollowerSnapshot): string {
  return JSON.stringify({ ...rest, members: [...state.members], standards: state.standards }, replace);
}

/** Our own file or row: damaged is damaged, and nothing of it is used. */
function parseSnapshot(text: string): FollowerSnapshot | undefined {
  try {
    const { members, standards, ...rest } = JSON.parse(text, revive);
    return { ...rest, state: { members: new Map(members), standards } };
  } catch {
    return undefined;
  }
}

const bigintMark = 'bigint:';

function replace(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${bigintMark}${value}` : value;
}

function revive(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(bigintMark) ? BigInt(value.slice(bigintMark.length)) : value;
}
