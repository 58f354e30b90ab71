import { isDatabaseOutage } from '@chroom/database';
import { ChroomError } from '@chroom/protocol';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { OwnerIdentity } from './owner-identity.js';
import { type RoomClaim, RoomOwnership } from './room-ownership.port.js';

export const kRoomLeaseMs = 5_000;
const kRenewEveryMs = Math.floor(kRoomLeaseMs / 3);
/** Rows of owners that died and whose rooms nobody wanted again. */
const kForgetAfterMs = 3_600_000;
const kForgetEveryRenewals = 1_000;

/**
 * Room leases in Postgres, judged by the clock of the database. A lease is free when it has expired, except in the
 * first 5 s after a start of the database server: owners could not renew while it was down, and get to do so first.
 * A restarted orchestrator takes the rooms of its former run at once; the fencing token shuts that run out.
 */
@Injectable()
export class PostgresRoomOwnership extends RoomOwnership implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('RoomOwnership');
  /** By project and name. */
  private readonly held = new Map<string, HeldClaim>();
  private readonly claiming = new Map<string, Promise<RoomClaim>>();
  private timer: NodeJS.Timeout | undefined;
  private renewing: Promise<void> | undefined;
  private renewals = 0;
  private degraded = false;

  constructor(
    private readonly database: DataSource,
    private readonly owner: OwnerIdentity,
  ) {
    super();
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.renew(), kRenewEveryMs);
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
    await Promise.all([...this.held.values()].map((claim) => this.release(claim)));
  }

  override async claim(projectId: string, roomName: string): Promise<RoomClaim> {
    const key = keyOf(projectId, roomName);
    const mine = this.held.get(key) ?? this.claiming.get(key);
    if (mine !== undefined) return mine;
    const claiming = this.take(projectId, roomName).finally(() => this.claiming.delete(key));
    this.claiming.set(key, claiming);
    return claiming;
  }

  private async take(projectId: string, roomName: string): Promise<RoomClaim> {
    const rows: { fencing_token: string }[] = await this.database.query(kClaim, [
      projectId,
      roomName,
      this.owner.memberId.toString(),
      this.owner.instanceId,
      kRoomLeaseMs,
    ]);
    const row = rows[0];
    if (row === undefined) {
      throw new ChroomError(
        'ROOM_OWNED_ELSEWHERE',
        `room "${roomName}" is served by another orchestrator; connect to that one or retry in ${kRoomLeaseMs / 1000} s`,
      );
    }
    const claim = new HeldClaim(projectId, roomName, BigInt(row.fencing_token));
    this.held.set(keyOf(projectId, roomName), claim);
    return claim;
  }

  /** Never throws: a lease that cannot be deleted now expires by itself. */
  override async release(claim: RoomClaim): Promise<void> {
    const key = keyOf(claim.projectId, claim.roomName);
    if (this.held.get(key) === claim) this.held.delete(key);
    await this.database
      .query('DELETE FROM room_leases WHERE project_id = $1 AND room_name = $2 AND fencing_token = $3', [
        claim.projectId,
        claim.roomName,
        claim.fencingToken.toString(),
      ])
      .catch((error: unknown) => this.log.warn({ message: 'room lease not released', reason: String(error) }));
  }

  /** Renews every held lease in one statement; claims that another owner has taken are told so. Never throws. */
  async renew(): Promise<void> {
    if (this.renewing !== undefined || this.held.size === 0) return;
    this.renewing = this.renewHeld().catch((error: unknown) => this.noteFailure(error));
    await this.renewing;
    this.renewing = undefined;
  }

  private async renewHeld(): Promise<void> {
    const asked = [...this.held.values()];
    const rows: { fencing_token: string }[] = await this.database.query(kRenew, [
      asked.map((claim) => claim.projectId),
      asked.map((claim) => claim.roomName),
      asked.map((claim) => claim.fencingToken.toString()),
      kRoomLeaseMs,
    ]);
    if (this.degraded) this.log.log('room leases are renewed again');
    this.degraded = false;
    const renewed = new Set(returnedRows(rows).map((row) => row.fencing_token));
    for (const claim of asked) {
      if (!renewed.has(claim.fencingToken.toString())) this.lose(claim);
    }
    this.renewals += 1;
    if (this.renewals % kForgetEveryRenewals === 0) await this.database.query(kForget, [kForgetAfterMs]);
  }

  private lose(claim: HeldClaim): void {
    const key = keyOf(claim.projectId, claim.roomName);
    if (this.held.get(key) !== claim) return; // released meanwhile
    this.held.delete(key);
    this.log.warn({ message: 'room taken by another orchestrator', room: claim.roomName });
    claim.lose('another orchestrator has taken the room');
  }

  private noteFailure(error: unknown): void {
    if (this.degraded) return;
    this.degraded = true;
    const reason = error instanceof Error ? error.message : String(error);
    const message = isDatabaseOutage(error)
      ? 'database down: rooms are kept, no new room can be claimed'
      : 'room leases not renewed';
    this.log.error({ message, reason });
  }
}

class HeldClaim implements RoomClaim {
  readonly lost: Promise<string>;
  lose: (reason: string) => void;

  constructor(
    readonly projectId: string,
    readonly roomName: string,
    readonly fencingToken: bigint,
  ) {
    this.lost = new Promise((resolve) => {
      this.lose = resolve;
    });
  }
}

/** Project ids hold no line feed. */
function keyOf(projectId: string, roomName: string): string {
  return `${projectId}\n${roomName}`;
}

/** TypeORM answers an UPDATE with [rows, count]. */
function returnedRows<Row>(answer: Row[] | [Row[], number]): Row[] {
  return Array.isArray(answer[0]) ? answer[0] : (answer as Row[]);
}

const kClaim = `
  INSERT INTO room_leases AS lease (project_id, room_name, owner_id, instance_id, fencing_token, expires_at)
  VALUES ($1, $2, $3, $4, nextval('room_fencing_tokens'), clock_timestamp() + $5::int * interval '1 ms')
  ON CONFLICT (project_id, room_name) DO UPDATE SET owner_id = excluded.owner_id, instance_id = excluded.instance_id,
    fencing_token = excluded.fencing_token, expires_at = excluded.expires_at
  WHERE greatest(lease.expires_at, pg_postmaster_start_time() + $5::int * interval '1 ms') <= clock_timestamp()
    OR (lease.owner_id = excluded.owner_id AND lease.instance_id <> excluded.instance_id)
  RETURNING fencing_token`;

const kRenew = `
  UPDATE room_leases AS lease SET expires_at = clock_timestamp() + $4::int * interval '1 ms'
  FROM unnest($1::text[], $2::text[], $3::bigint[]) AS held (project_id, room_name, fencing_token)
  WHERE lease.project_id = held.project_id AND lease.room_name = held.room_name
    AND lease.fencing_token = held.fencing_token
  RETURNING lease.fencing_token`;

const kForget = `DELETE FROM room_leases WHERE expires_at < clock_timestamp() - $1::int * interval '1 ms'`;
