import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Hex } from 'viem';
import type { NetworkState } from './network-state.js';

/** Everything a follower knows, up to and with one block. */
export interface FollowerSnapshot {
  /** Chain and core that it belongs to; another one's is not used. */
  readonly network: string;
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly state: NetworkState;
}

/** Keeps the last snapshot over restarts. Losing it costs a read of all events, and nothing else. */
export abstract class FollowerStore {
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

/** One JSON file, replaced as a whole. A file that cannot be read counts as none: the chain has it all. */
export class FileFollowerStore extends FollowerStore {
  constructor(private readonly path: string) {
    super();
  }

  override async load(): Promise<FollowerSnapshot | undefined> {
    try {
      const { members, standards, ...rest } = JSON.parse(await readFile(this.path, 'utf8'), revive);
      return { ...rest, state: { members: new Map(members), standards } };
    } catch {
      return undefined;
    }
  }

  override async save({ state, ...rest }: FollowerSnapshot): Promise<void> {
    const content = { ...rest, members: [...state.members], standards: state.standards };
    const next = `${this.path}.next`;
    await writeFile(next, JSON.stringify(content, replace), { mode: 0o600 });
    await rename(next, this.path);
  }
}

const bigintMark = 'bigint:';

function replace(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${bigintMark}${value}` : value;
}

function revive(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(bigintMark) ? BigInt(value.slice(bigintMark.length)) : value;
}
