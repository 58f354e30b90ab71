import { type Capacity, ChroomError, noCapacity } from '@chroom/protocol';

export const LEASE_TTL_MIN_MS = 1000;
export const LEASE_TTL_MAX_MS = 60_000;
export const LEASES_MAX = 20_000;
export const LEASE_ID_MAX_LENGTH = 128;

export interface LeaseRequest {
  readonly id: string;
  readonly room: string;
  readonly owner: bigint;
  readonly demand: Omit<Capacity, 'workers'>;
  readonly ttlMs: number;
}

/** What is in use without a lease: media of rooms whose lease ended goes on and still counts. */
export interface UnleasedUse {
  readonly egressBps: bigint;
  readonly packetsPerSecond: bigint;
  readonly sessions: number;
}

interface Lease extends LeaseRequest {
  readonly endsAtMs: number;
}

/** What this node has promised. Leases end by themselves; sums never exceed the capacity. */
export class LeaseBook {
  private readonly leases = new Map<string, Lease>();

  constructor(
    private readonly capacity: () => Capacity,
    private readonly monotonicMs: () => number,
  ) {}

  /**
   * Grants, or renews with a possibly different demand, one lease.
   * @throws ChroomError NO_CAPACITY, ALREADY_EXISTS, INVALID_ARGUMENT, LIMIT_EXCEEDED; nothing has changed then.
   */
  acquire(request: LeaseRequest, unleased: UnleasedUse): void {
    checkTtl(request.ttlMs);
    checkId(request.id);
    this.dropEnded();
    const known = this.leases.get(request.id);
    if (known && (known.room !== request.room || known.owner !== request.owner)) {
      throw new ChroomError(
        'ALREADY_EXISTS',
        `Lease ${request.id} is held for another room or by another owner. Choose a new id.`,
      );
    }
    if (!known && this.leases.size >= LEASES_MAX) {
      throw new ChroomError('LIMIT_EXCEEDED', `This node keeps ${LEASES_MAX} leases at one time. Use another node.`);
    }
    // What is held stays promised, also when the capacity has shrunk.
    if (!known || isMore(request.demand, known.demand)) this.refuseOverCapacity(request, unleased);
    this.leases.set(request.id, { ...request, endsAtMs: this.monotonicMs() + request.ttlMs });
  }

  /** Renews what `owner` holds; gives the ids that it does not hold (any more). */
  renew(ids: readonly string[], owner: bigint, ttlMs: number): { unknown: string[]; rooms: string[] } {
    checkTtl(ttlMs);
    this.dropEnded();
    const unknown: string[] = [];
    const rooms: string[] = [];
    for (const id of ids) {
      const lease = this.leases.get(id);
      if (!lease || lease.owner !== owner) {
        unknown.push(id);
        continue;
      }
      this.leases.set(id, { ...lease, ttlMs, endsAtMs: this.monotonicMs() + ttlMs });
      rooms.push(lease.room);
    }
    return { unknown, rooms };
  }

  /** Releasing what has ended, or never was, is nothing to complain about. */
  release(id: string, owner: bigint): void {
    if (this.leases.get(id)?.owner === owner) this.leases.delete(id);
  }

  /** Sessions that live leases cover, by room. One pass: rooms and leases may be thousands. */
  sessionsByRoom(): Map<string, number> {
    this.dropEnded();
    const covered = new Map<string, number>();
    for (const { room, demand } of this.leases.values()) {
      covered.set(room, (covered.get(room) ?? 0) + demand.sessions);
    }
    return covered;
  }

  isLeased(room: string): boolean {
    this.dropEnded();
    for (const lease of this.leases.values()) if (lease.room === room) return true;
    return false;
  }

  sum(): Capacity {
    this.dropEnded();
    return sumOf([...this.leases.values()]);
  }

  private refuseOverCapacity({ id, demand }: LeaseRequest, unleased: UnleasedUse): void {
    const capacity = this.capacity();
    const others = sumOf([...this.leases.values()].filter((lease) => lease.id !== id));
    const checks: [string, bigint, bigint, bigint][] = [
      ['egress_bps', demand.egressBps, others.egressBps + unleased.egressBps, capacity.egressBps],
      [
        'packets_per_second',
        demand.packetsPerSecond,
        others.packetsPerSecond + unleased.packetsPerSecond,
        capacity.packetsPerSecond,
      ],
      ['sessions', BigInt(demand.sessions), BigInt(others.sessions + unleased.sessions), BigInt(capacity.sessions)],
    ];
    for (const [name, wanted, taken, all] of checks) {
      if (taken + wanted <= all) continue;
      const free = taken < all ? all - taken : 0n;
      throw new ChroomError(
        'NO_CAPACITY',
        `${name}: expected at most ${free} (free of ${all}), got ${wanted}. Use another node.`,
      );
    }
  }

  private dropEnded(): void {
    const nowMs = this.monotonicMs();
    for (const [id, lease] of this.leases) if (lease.endsAtMs <= nowMs) this.leases.delete(id);
  }
}

function isMore(wanted: LeaseRequest['demand'], held: LeaseRequest['demand']): boolean {
  return (
    wanted.egressBps > held.egressBps ||
    wanted.packetsPerSecond > held.packetsPerSecond ||
    wanted.sessions > held.sessions
  );
}

function sumOf(leases: readonly Lease[]): Capacity {
  return leases.reduce<Capacity>(
    (sum, { demand }) => ({
      egressBps: sum.egressBps + demand.egressBps,
      packetsPerSecond: sum.packetsPerSecond + demand.packetsPerSecond,
      sessions: sum.sessions + demand.sessions,
      workers: 0,
    }),
    noCapacity,
  );
}

function checkTtl(ttlMs: number): void {
  if (ttlMs >= LEASE_TTL_MIN_MS && ttlMs <= LEASE_TTL_MAX_MS) return;
  throw new ChroomError(
    'INVALID_ARGUMENT',
    `ttl_ms: expected ${LEASE_TTL_MIN_MS} to ${LEASE_TTL_MAX_MS}, got ${ttlMs}.`,
  );
}

function checkId(id: string): void {
  if (id.length >= 1 && id.length <= LEASE_ID_MAX_LENGTH) return;
  throw new ChroomError(
    'INVALID_ARGUMENT',
    `lease_id: expected 1 to ${LEASE_ID_MAX_LENGTH} characters, got ${id.length}.`,
  );
}
