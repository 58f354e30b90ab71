import { ChroomError, type control } from '@chroom/protocol';

export interface UnsignedLimits {
  readonly maxMs: number;
  /** Smallest token units. */
  readonly maxValue: bigint;
  /** At least this counts: what a receipt says of its price is its orchestrator's choice. */
  readonly expectedPricePerGiB: bigint;
}

interface Account {
  /** Served since the last receipt came. */
  bytes: bigint;
  sinceMs: number;
  pricePerGiB: bigint;
}

const bytesPerGiB = 1n << 30n;
/** Sessions whose last counters are remembered; a forgotten one counts from its next report on. */
const sessionsMax = 100_000;
/** Orchestrators that use this node. */
const accountsMax = 10_000;
/** In the packed leaf, after sessionId 32, nodeId 8, orchId 8, clientKey 32, two times of 5 and maxKbps 4. */
const priceAt = 94;
const priceBytes = 12;

/**
 * How much each orchestrator has had of this node without signing for it. Past both limits, time and value, it gets no
 * new sessions; what runs goes on. A receipt that settlement has starts anew; one that settlement could not take for
 * reasons of its own gives more time, but what was served stays unsigned.
 */
export class UnsignedService {
  private readonly accounts = new Map<bigint, Account>();
  private readonly countedBytes = new Map<string, bigint>();

  constructor(
    private readonly limits: UnsignedLimits,
    private readonly monotonicMs: () => number,
  ) {}

  /** Takes the counters out of what the engine reports. */
  take(batch: readonly control.Event[], ownerOf: (room: string) => bigint | undefined): void {
    for (const { room, session, kind } of batch) {
      if (kind.case === 'sessionEnded') this.countedBytes.delete(session);
      const owner = kind.case === 'statistics' ? ownerOf(room) : undefined;
      if (kind.case === 'statistics' && owner !== undefined) {
        this.count(session, kind.value.rxBytes + kind.value.txBytes, owner);
      }
    }
  }

  /** Settlement has these leaves. */
  signed(orchId: bigint, leaves: readonly Uint8Array[]): void {
    const newest = leaves.at(-1);
    if (!newest) return;
    const account = this.accountOf(orchId);
    account.bytes = 0n;
    const named = BigInt(`0x${Buffer.from(newest.subarray(priceAt, priceAt + priceBytes)).toString('hex')}`);
    const { expectedPricePerGiB } = this.limits;
    account.pricePerGiB = named > expectedPricePerGiB ? named : expectedPricePerGiB;
  }

  /** Settlement could not take these leaves, and the orchestrator is not to blame. */
  untaken(orchId: bigint, leaves: readonly Uint8Array[]): void {
    if (leaves.length > 0) this.accountOf(orchId).sinceMs = this.monotonicMs();
  }

  /** @throws ChroomError RECEIPTS_MISSING */
  requireSigned(orchId: bigint): void {
    const { bytes, sinceMs, pricePerGiB } = this.accounts.get(orchId) ?? this.freshAccount();
    const unsignedMs = this.monotonicMs() - sinceMs;
    const value = (bytes * pricePerGiB) / bytesPerGiB;
    const { maxMs, maxValue } = this.limits;
    if (bytes === 0n || unsignedMs < maxMs || value < maxValue) return;
    throw new ChroomError(
      'RECEIPTS_MISSING',
      `Expected receipts within ${maxMs / 1000} s; the last ${Math.floor(unsignedMs / 1000)} s worth ${value} are unsigned. ` +
        'Deliver receipts for the running sessions; they go on. Limits: CHROOM_NODE_UNSIGNED_MAX_SEC, _MAX_VALUE.',
    );
  }

  private count(session: string, total: bigint, orchId: bigint): void {
    const before = this.countedBytes.get(session) ?? 0n;
    this.countedBytes.delete(session);
    this.countedBytes.set(session, total);
    for (const oldest of this.countedBytes.keys()) {
      if (this.countedBytes.size <= sessionsMax) break;
      this.countedBytes.delete(oldest);
    }
    if (total <= before) return;
    const account = this.accountOf(orchId);
    if (account.bytes === 0n) account.sinceMs = this.monotonicMs();
    account.bytes += total - before;
  }

  private accountOf(orchId: bigint): Account {
    const account = this.accounts.get(orchId) ?? this.freshAccount();
    this.accounts.delete(orchId);
    this.accounts.set(orchId, account);
    for (const oldest of this.accounts.keys()) {
      if (this.accounts.size <= accountsMax) break;
      this.accounts.delete(oldest);
    }
    return account;
  }

  private freshAccount(): Account {
    return { bytes: 0n, sinceMs: this.monotonicMs(), pricePerGiB: this.limits.expectedPricePerGiB };
  }
}
