import type { Hex } from '@chroom/protocol';
import { type Grant, type Leaf, packLeaf, type Receipt, unpackLeaf } from '@chroom/protocol/proofs';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { bytesToHex } from 'viem';
import type { SignedGrant } from '../grants/issue-grant.js';
import type { RefusedReport } from '../receipts/make-receipt.js';
import type { StoredRecord } from '../record/session-record.js';
import type { SessionPlace, WitnessedSession } from '../record/witnessed-session.js';

/** One session as it is to be stored, with the receipts that were made of it: both or nothing. */
export interface SessionWrite {
  readonly session: WitnessedSession;
  readonly record: StoredRecord;
  readonly leaves: readonly Leaf[];
  readonly refused: readonly (RefusedReport & { readonly epoch: number })[];
  /** The record ends with this write. */
  readonly isLast: boolean;
}

export interface ResumedSession {
  readonly place: SessionPlace;
  readonly grant: SignedGrant;
  readonly issuedAtMs: number;
  readonly stored: StoredRecord;
  readonly seq: number;
  readonly former: Receipt | undefined;
}

/** Grants, records and receipts in PostgreSQL. Written by one run of the process at a time. */
@Injectable()
export class ProofStore {
  private writer: string | undefined;

  constructor(private readonly database: DataSource) {}

  /**
   * From now on this run alone writes. Ends the records that nobody has seen since `notBeforeMs`, and gives those that
   * may still go on.
   */
  async takeOver(notBeforeMs: number): Promise<ResumedSession[]> {
    const [{ writer }] = (await this.database.query("SELECT nextval('proof_writers') AS writer")) as [
      { writer: string },
    ];
    this.writer = writer;
    const [rows] = (await this.database.query(takeOverStatement, [writer, new Date(notBeforeMs)])) as [GrantRow[]];
    const open = rows.filter((row) => row.ended_at === null);
    const leaves = await this.newestLeaves(open);
    return open.map((row) => resumedOf(row, leaves.get(row.grant_hash)));
  }

  /** One statement. @returns the grants that are still ours to write. */
  async save(writes: readonly SessionWrite[], nowMs: number): Promise<ReadonlySet<Hex>> {
    const leaves = writes.flatMap(({ session, leaves }) => leaves.map((leaf) => ({ hash: session.grant.hash, leaf })));
    const refused = writes.flatMap(({ session, refused }) =>
      refused.map((each) => ({ hash: session.grant.hash, ...each })),
    );
    const now = new Date(nowMs);
    const rows: { grant_hash: Hex }[] = await this.database.query(saveStatement, [
      this.writer,
      now,
      writes.map(({ session }) => session.grant.hash),
      writes.map(({ session }) => session.place.session),
      writes.map(({ session }) => session.place.projectId),
      writes.map(({ session }) => session.place.roomSid),
      writes.map(({ session }) => session.place.roomName),
      writes.map(({ session }) => session.place.nodeId.toString()),
      writes.map(({ session }) => JSON.stringify(grantToJson(session.grant.grant))),
      writes.map(({ session }) => session.grant.signature),
      writes.map(({ session }) => new Date(session.issuedAtMs)),
      writes.map(({ session }) => session.seq),
      writes.map(({ record }) => JSON.stringify(record)),
      writes.map(({ record }) => new Date(record.accruedMs)),
      writes.map(({ isLast, record }) => (isLast ? new Date(record.accruedMs) : null)),
      leaves.map(({ hash }) => hash),
      leaves.map(({ leaf }) => leaf.receipt.epoch),
      leaves.map(({ leaf }) => leaf.grant.nodeId.toString()),
      leaves.map(({ leaf }) => leaf.receipt.seq),
      leaves.map(({ leaf }) => Buffer.from(packLeaf(leaf).slice(2), 'hex')),
      refused.map(({ hash }) => hash),
      refused.map(({ epoch }) => epoch),
      refused.map(({ code }) => code),
      refused.map(({ reported }) => reported.toString()),
      refused.map(({ accepted }) => accepted.toString()),
    ]);
    return new Set(rows.map((row) => row.grant_hash));
  }

  private async newestLeaves(rows: readonly GrantRow[]): Promise<Map<Hex, Leaf>> {
    const found: { grant_hash: Hex; leaf: Buffer }[] = await this.database.query(
      `SELECT receipts.grant_hash, receipts.leaf FROM receipts
       JOIN unnest($1::text[], $2::bigint[]) AS open (grant_hash, epoch) USING (grant_hash, epoch)`,
      [rows.map((row) => row.grant_hash), rows.map(({ record }) => record.closing?.epoch ?? record.epoch)],
    );
    return new Map(found.map(({ grant_hash, leaf }) => [grant_hash, unpackLeaf(bytesToHex(leaf))]));
  }
}

interface GrantRow {
  readonly grant_hash: Hex;
  readonly session: string;
  readonly project_id: string;
  readonly room_sid: string;
  readonly room_name: string;
  readonly node_id: string;
  readonly granted: GrantJson;
  readonly signature: Hex;
  readonly issued_at: Date;
  readonly seq: string;
  readonly record: StoredRecord;
  readonly ended_at: Date | null;
}

type GrantJson = { readonly [Field in keyof Grant]: Grant[Field] extends bigint ? string : Grant[Field] };

export function grantToJson(grant: Grant): GrantJson {
  const { nodeId, orchId, pricePerGiB, maxValue } = grant;
  return {
    ...grant,
    nodeId: nodeId.toString(),
    orchId: orchId.toString(),
    pricePerGiB: pricePerGiB.toString(),
    maxValue: maxValue.toString(),
  };
}

export function grantFromJson(json: GrantJson): Grant {
  const { nodeId, orchId, pricePerGiB, maxValue } = json;
  return {
    ...json,
    nodeId: BigInt(nodeId),
    orchId: BigInt(orchId),
    pricePerGiB: BigInt(pricePerGiB),
    maxValue: BigInt(maxValue),
  };
}

function resumedOf(row: GrantRow, leaf: Leaf | undefined): ResumedSession {
  return {
    place: {
      session: row.session,
      projectId: row.project_id,
      roomSid: row.room_sid,
      roomName: row.room_name,
      nodeId: BigInt(row.node_id),
    },
    grant: { grant: grantFromJson(row.granted), hash: row.grant_hash, signature: row.signature },
    issuedAtMs: row.issued_at.getTime(),
    stored: row.record,
    seq: Number(row.seq),
    former: leaf?.receipt,
  };
}

const takeOverStatement = `
  UPDATE grants SET writer = $1, ended_at = CASE WHEN seen_at < $2 THEN seen_at END
  WHERE ended_at IS NULL RETURNING *`;

/** A row that another run has taken over is not touched, and nothing of it is stored. */
const saveStatement = `
  WITH saved AS (
    INSERT INTO grants (grant_hash, session, project_id, room_sid, room_name, node_id, granted, signature, issued_at,
      seq, record, seen_at, ended_at, writer)
    SELECT *, $1::bigint FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::numeric[],
      $9::jsonb[], $10::text[], $11::timestamptz[], $12::bigint[], $13::jsonb[], $14::timestamptz[], $15::timestamptz[])
    ON CONFLICT (grant_hash) DO UPDATE SET seq = excluded.seq, record = excluded.record, seen_at = excluded.seen_at,
      ended_at = excluded.ended_at
      WHERE grants.writer = excluded.writer
    RETURNING grant_hash
  ), signed AS (
    INSERT INTO receipts (grant_hash, epoch, node_id, seq, leaf, signed_at)
    SELECT made.grant_hash, epoch, node_id, seq, leaf, $2
    FROM unnest($16::text[], $17::bigint[], $18::numeric[], $19::bigint[], $20::bytea[])
      AS made (grant_hash, epoch, node_id, seq, leaf) JOIN saved USING (grant_hash)
    ON CONFLICT (grant_hash, epoch) DO UPDATE SET seq = excluded.seq, leaf = excluded.leaf,
      signed_at = excluded.signed_at, state = 'ready', refusal_code = NULL, refusal_message = NULL
      WHERE receipts.seq < excluded.seq
  ), refused AS (
    INSERT INTO refused_reports (grant_hash, epoch, code, reported, accepted, last_at)
    SELECT noted.grant_hash, epoch, code, reported, accepted, $2
    FROM unnest($21::text[], $22::bigint[], $23::text[], $24::numeric[], $25::numeric[])
      AS noted (grant_hash, epoch, code, reported, accepted) JOIN saved USING (grant_hash)
    ON CONFLICT (grant_hash, epoch, code) DO UPDATE SET reported = excluded.reported, accepted = excluded.accepted,
      times = refused_reports.times + 1, last_at = excluded.last_at
  )
  SELECT grant_hash FROM saved`;
