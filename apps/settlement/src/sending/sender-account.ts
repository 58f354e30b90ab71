import { ChroomError, type Hex } from '@chroom/protocol';
import pg from 'pg';
import type { Address } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { databaseUrlVariable } from '../configuration/settlement-settings.js';
import type { Queryable } from '../storage/receipt-store.js';

/** A transaction before it is signed; all fees in wei per gas. */
export interface Unsigned {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Address;
  readonly data: Hex;
  readonly gas: bigint;
  readonly maxFee: bigint;
  readonly tip: bigint;
}

/**
 * The one account that sends. Owns: the key and a session of the database that holds its advisory lock. There is one
 * writer per account: a second process is refused, and one that lost its session signs nothing any more (its fence is
 * behind). Nonces live in the database alone.
 */
export class SenderAccount {
  private constructor(
    private readonly key: Hex,
    readonly address: Address,
    private readonly session: pg.Client,
    private readonly fence: bigint,
  ) {}

  /** @throws ChroomError SIGNER_IN_USE when another process sends with this key */
  static async take(databaseUrl: string, key: Hex): Promise<SenderAccount> {
    const address = privateKeyToAccount(key).address.toLowerCase() as Address;
    const session = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'chroom-settlement-sender',
      connectionTimeoutMillis: 3_000,
      keepAlive: true,
    });
    // A lost session means a lost lock; the fence finds out before anything is signed.
    session.on('error', () => undefined);
    await session.connect();
    try {
      const { rows } = await session.query<{ locked: boolean }>(
        'SELECT pg_try_advisory_lock(hashtextextended($1, 2)) AS locked',
        [`sender ${address}`],
      );
      if (rows[0]?.locked !== true) throw inUse(address);
      const taken = await session.query<{ fence: string }>(
        `INSERT INTO sender (address, next_nonce, fence) VALUES ($1, 0, 1)
         ON CONFLICT (address) DO UPDATE SET fence = sender.fence + 1 RETURNING fence`,
        [address],
      );
      return new SenderAccount(key, address, session, BigInt(taken.rows[0]!.fence));
    } catch (error) {
      await session.end().catch(() => undefined);
      throw error;
    }
  }

  /**
   * Takes the next nonce inside the caller's transaction, which locks the account's row until it ends.
   * @param spent nonces that the chain has used up to a confirmed block
   * @throws ChroomError SIGNER_IN_USE when a newer process has taken the account
   */
  async takeNonce(db: Queryable, spent: number): Promise<number> {
    const rows = await db.query<{ next_nonce: string; fence: string }[]>(
      'SELECT next_nonce, fence FROM sender WHERE address = $1 FOR UPDATE',
      [this.address],
    );
    if (BigInt(rows[0]?.fence ?? -1) !== this.fence) throw inUse(this.address);
    const nonce = Math.max(Number(rows[0]!.next_nonce), spent);
    await db.query('UPDATE sender SET next_nonce = $2 WHERE address = $1', [this.address, nonce + 1]);
    return nonce;
  }

  /** The next nonce is this one: what was signed above it lies behind a gap and is signed again. */
  async resetNonce(db: Queryable, next: number): Promise<void> {
    await this.checkFence(db);
    await db.query('UPDATE sender SET next_nonce = $2 WHERE address = $1', [this.address, next]);
  }

  /** Before bytes of an existing nonce are signed again. */
  async checkFence(db: Queryable): Promise<void> {
    const rows = await db.query<{ fence: string }[]>('SELECT fence FROM sender WHERE address = $1 FOR UPDATE', [
      this.address,
    ]);
    if (BigInt(rows[0]?.fence ?? -1) !== this.fence) throw inUse(this.address);
  }

  sign({ chainId, nonce, to, data, gas, maxFee, tip }: Unsigned): Promise<Hex> {
    return privateKeyToAccount(this.key).signTransaction({
      type: 'eip1559',
      chainId,
      nonce,
      to,
      data,
      gas,
      maxFeePerGas: maxFee,
      maxPriorityFeePerGas: tip,
    });
  }

  /** Gives the lock back. */
  async release(): Promise<void> {
    await this.session.end().catch(() => undefined);
  }
}

function inUse(address: Address): ChroomError {
  return new ChroomError(
    'SIGNER_IN_USE',
    `expected to be the only settlement process that sends for ${address} in the database of ${databaseUrlVariable}, ` +
      'another one does; stop it or use another key',
  );
}
