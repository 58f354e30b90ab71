import { setTimeout as delay } from 'node:timers/promises';
import type { OrchestratorFunds } from '@chroom/chain/network';
import { ChroomError } from '@chroom/protocol';
import type { Logger } from '@chroom/telemetry';

export interface RequiredFundParts {
  /** Smallest token units that an orchestrator's fund has beyond what is reserved or announced to leave. */
  readonly minFund: bigint;
  /** Asks the chain. Ends within some seconds, one way or the other. */
  readonly read: (orchId: bigint) => Promise<OrchestratorFunds>;
  readonly monotonicMs: () => number;
  readonly logger: Logger;
  /** Resolves after so long. */
  readonly pause?: (durationMs: number) => Promise<unknown>;
}

interface Account {
  funds: OrchestratorFunds | undefined;
  /** When `funds` was asked for. */
  readAtMs: number;
  /** When the first reading began that nothing has answered yet. */
  unreadSinceMs: number | undefined;
  isReading: boolean;
  retryAtMs: number;
  /** Ends with the reading, or when sessions have waited long enough for it. */
  patience: Promise<unknown>;
}

/** A reading this old is replaced while sessions go on by it. */
export const refreshMs = 30_000;
/** A reading this old is waited for. */
export const keptMs = 60_000;
/** How long sessions wait for a reading; all of one orchestrator wait for the same one. */
export const patienceMs = 1_000;
/** After a reading that failed. */
export const retryMs = 5_000;
/** Served so long by what was known before, also by nothing; the decision record says why. */
export const unreadMaxMs = 3_600_000;
/** Orchestrators that use this node. */
const accountsMax = 10_000;
/** Readings at one time; each takes two calls. */
const underwayMax = 32;

const pauseUnref = (durationMs: number) => delay(durationMs, undefined, { ref: false });

/**
 * Whether orchestrators can pay for new sessions, by what the chain says of their funds. One reading serves all sessions of
 * an orchestrator for a while; while the chain is away the last one goes on to, but not for ever. What runs goes on.
 */
export class RequiredFund {
  private readonly accounts = new Map<bigint, Account>();
  private underway = 0;
  private isAway = false;
  /** Sessions that were let in (enough, unread) and refused (small, closed), and readings that failed. */
  readonly counts = { enough: 0, small: 0, unread: 0, closed: 0, failed: 0 };

  constructor(private readonly parts: RequiredFundParts) {}

  /** @throws ChroomError FUND_TOO_SMALL; CHAIN_UNAVAILABLE when the fund could not be read for too long */
  async require(orchId: bigint): Promise<void> {
    const account = this.accountOf(orchId);
    const ageMs = this.ageOf(account);
    if (ageMs >= refreshMs) this.refresh(orchId, account);
    if (ageMs >= keptMs) await account.patience;
    this.judge(orchId, account);
  }

  private judge(orchId: bigint, account: Account): void {
    const { minFund, monotonicMs } = this.parts;
    const unreadMs = account.unreadSinceMs === undefined ? 0 : monotonicMs() - account.unreadSinceMs;
    if (unreadMs >= unreadMaxMs) {
      this.counts.closed += 1;
      throw unreadTooLong(orchId, unreadMs);
    }
    const ageMs = this.ageOf(account);
    if (account.funds && account.funds.dependable < minFund) {
      this.counts.small += 1;
      throw fundTooSmall(orchId, minFund, account.funds, ageMs);
    }
    if (ageMs < keptMs) this.counts.enough += 1;
    else this.counts.unread += 1;
  }

  private refresh(orchId: bigint, account: Account): void {
    const nowMs = this.parts.monotonicMs();
    if (account.isReading || nowMs < account.retryAtMs) return;
    account.unreadSinceMs ??= nowMs;
    if (this.underway >= underwayMax) return;
    const { pause = pauseUnref } = this.parts;
    account.patience = Promise.race([this.read(orchId, account, nowMs), pause(patienceMs)]);
  }

  /** Never throws. */
  private async read(orchId: bigint, account: Account, nowMs: number): Promise<void> {
    account.isReading = true;
    this.underway += 1;
    try {
      account.funds = await this.parts.read(orchId);
      account.readAtMs = nowMs;
      account.unreadSinceMs = undefined;
      this.noteAnswer();
    } catch (error) {
      account.retryAtMs = this.parts.monotonicMs() + retryMs;
      this.noteFailure(orchId, error);
    } finally {
      account.isReading = false;
      this.underway -= 1;
    }
  }

  private noteAnswer(): void {
    if (this.isAway) this.parts.logger.info('funds of orchestrators are read again');
    this.isAway = false;
  }

  private noteFailure(orchId: bigint, error: unknown): void {
    this.counts.failed += 1;
    if (this.isAway) return;
    this.isAway = true;
    this.parts.logger.warn('funds of orchestrators cannot be read; new sessions go by what was known before', {
      orchestrator: orchId,
      servedForMs: unreadMaxMs,
      error,
    });
  }

  private ageOf({ funds, readAtMs }: Account): number {
    return funds ? this.parts.monotonicMs() - readAtMs : Number.POSITIVE_INFINITY;
  }

  private accountOf(orchId: bigint): Account {
    const account = this.accounts.get(orchId) ?? freshAccount();
    this.accounts.delete(orchId);
    this.accounts.set(orchId, account);
    for (const oldest of this.accounts.keys()) {
      if (this.accounts.size <= accountsMax) break;
      this.accounts.delete(oldest);
    }
    return account;
  }
}

function freshAccount(): Account {
  return {
    funds: undefined,
    readAtMs: 0,
    unreadSinceMs: undefined,
    isReading: false,
    retryAtMs: 0,
    patience: Promise.resolve(),
  };
}

function fundTooSmall(orchId: bigint, minFund: bigint, funds: OrchestratorFunds, ageMs: number): ChroomError {
  const { total, reserved, leaving, dependable } = funds;
  return new ChroomError(
    'FUND_TOO_SMALL',
    `Expected a fund of at least ${minFund} behind orchestrator ${orchId}, got ${dependable}: ${total}, less ${reserved} for open ` +
      `batches and ${leaving} announced to be withdrawn, as of ${Math.floor(ageMs / 1000)} s ago. Add to the fund, or take the ` +
      'announcement back; running sessions go on. Limit: CHROOM_NODE_FUND_MIN of the node.',
  );
}

function unreadTooLong(orchId: bigint, unreadMs: number): ChroomError {
  return new ChroomError(
    'CHAIN_UNAVAILABLE',
    `Expected to read the fund of orchestrator ${orchId} within ${unreadMaxMs / 1000} s, the chain has not told it for ` +
      `${Math.floor(unreadMs / 1000)} s. Check CHROOM_RPC_URL of the node; running sessions go on. ` +
      'With CHROOM_NODE_FUND_MIN=0 the node looks at no funds.',
  );
}
